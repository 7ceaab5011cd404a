"""Who begins next."""

from core.engine.scheduler import Waiting, starting_order


def order(waiting: str, running: str = "") -> str:
    """Sessions are letters, those of trials capital ones; things are their places in the string."""
    entries = [Waiting(session.lower(), i, i, is_trial=session.isupper()) for i, session in enumerate(waiting)]
    things = starting_order(entries, running)
    return "".join(str(i) for i in things)


def test_one_session_is_served_in_turn() -> None:
    assert order("aaaa") == "0123"
    assert order("aaaa", running="aa") == "0123"


def test_whoever_has_fewest_under_way_goes_first() -> None:
    assert order("aaab", running="aa") == "3012"
    assert order("ab", running="a") == "10"
    assert order("aabb") == "0213"


def test_as_many_each_go_by_arrival() -> None:
    assert order("ba") == "01"
    assert order("ba", running="ab") == "01"


def test_last_run_of_a_long_queue_is_not_overtaken_for_ever() -> None:
    """b sent five runs and four are done; a has two under way and sends more and more."""
    assert order("baaa", running="aa")[0] == "0"
    assert order("aaab", running="aa")[0] == "3"


def test_order_of_the_arguments_does_not_matter() -> None:
    entries = [Waiting("a", 3, "late"), Waiting("a", 1, "early"), Waiting("b", 2, "other")]
    assert starting_order(entries, []) == starting_order(entries[::-1], []) == ["early", "other", "late"]


def test_trials_of_searches_come_after_everything_else() -> None:
    assert order("AAb") == "201"
    assert order("AAaab", running="bbb") == "23401"
    assert order("AABB") == "0213", "searches share the workers as sessions do"

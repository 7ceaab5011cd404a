import pytest

from core.classroom.rights import why_not_change, why_not_change_owned, why_not_delete
from tests.core.builders import make_run

ME, OTHER = "a" * 32, "b" * 32


@pytest.mark.parametrize("exercise", [None, "wide"])
@pytest.mark.parametrize("has_key", [False, True])
@pytest.mark.parametrize("is_teacher", [False, True])
@pytest.mark.parametrize("owner", [ME, OTHER, None])
def test_who_may_change_a_run(owner: str | None, is_teacher: bool, has_key: bool, exercise: str | None) -> None:
    run = make_run("r-1", owner=owner, exercise=exercise)
    may = is_teacher or owner == ME or (owner is None and not has_key and exercise is None)
    why = why_not_change(run, ME, is_teacher=is_teacher, has_key=has_key)
    assert (why == "") == may
    assert OTHER not in why
    assert why == why_not_change_owned(owner, ME, is_teacher=is_teacher, is_class=has_key or exercise is not None)


@pytest.mark.parametrize("is_class", [False, True])
@pytest.mark.parametrize("is_teacher", [False, True])
@pytest.mark.parametrize("owner", [ME, OTHER, ""])
def test_who_may_delete_a_dataset(owner: str, is_teacher: bool, is_class: bool) -> None:
    may = is_teacher or owner == ME or (owner == "" and not is_class)
    why = why_not_delete(owner, ME, is_teacher=is_teacher, is_class=is_class)
    assert (why == "") == may
    assert OTHER not in why

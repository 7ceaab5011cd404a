"""Strange addresses: query parameters as the pages read them."""

from contextlib import suppress
from random import Random

from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.corruptions.combination import Combination
from core.errors import ConfigError, DataError
from core.explain.units import units_of, units_text
from core.learn.experiments.records import MOST_SETS
from core.runs.names import checked_run_id, is_run_id
from soak.fuzzed.classes import some_exercise
from soak.mutations import mutated_text, strange_word
from ui.learn.experiments.seeds import SEED_SET
from ui.learn.progress import DONE, NAMES, names_done
from ui.live.curves import view_in
from ui.live.feed import known_in
from ui.shell.url_table import PARAMETERS
from ui.shell.url_values import number_in, text, whole_number

_SETTINGS = tuple(TrainConfig.model_fields)


def feed_parsers(random: Random) -> None:
    """One value for whatever takes values out of addresses: it is read, or refused as a ValueError or in a sentence."""
    word = any_value(random)
    for parse in (whole_number(0, 10), number_in(0.0, 0.9), *(parameter.parse for parameter in PARAMETERS.values())):
        with suppress(ValueError):
            text(parse(word))
    with suppress(ValueError):
        view_in({"accuracy_axis": word, "epoch_axis": word, "smoothing": word})
    known_in(word)
    with suppress(ValueError):
        assert 1 <= whole_number(1, MOST_SETS)(word) <= MOST_SETS
    with suppress(ValueError):
        assert names_done(_some_done(random)) <= set(NAMES)
    with suppress(ConfigError):
        found = units_of(word, (128, 16))
        assert units_of(units_text(found), (128, 16)) == found
    with suppress(DataError):
        changes = Combination.parse(word)
        assert Combination.parse(changes.text) == changes
    names = random.sample(_SETTINGS, random.choice((1, 1, 2, 5)))
    with suppress(ConfigError):
        config = TrainConfig.from_mapping({name: any_value(random) for name in names})
        assert TrainConfig.from_json(config.to_json()) == config
    if is_run_id(word):
        assert "/" not in checked_run_id(word)
        assert "." not in word


def feed_page(random: Random) -> None:
    """Parameters of a whole address, read as the pages read them, in one session after another address."""
    app = AppTest.from_string(_SCRIPT, default_timeout=60)
    for _ in range(2):
        app.query_params.clear()
        for name, values in any_query(random).items():
            app.query_params[name] = values
        app.run()
        assert not app.exception, [(one.message, list(one.stack_trace)) for one in app.exception]


def any_query(random: Random) -> dict[str, list[str]]:
    """A query that nobody types, of parameters that there are and some that there are not."""
    known = (*_SETTINGS, *PARAMETERS, "run", "page", "digit", SEED_SET, DONE, strange_word(random) or "x")
    names = [random.choice(known) for _ in range(random.randrange(1, 7))]
    query = {name: [any_value(random) for _ in range(random.choice((1, 1, 1, 2, 3)))] for name in names}
    query |= {DONE: [_some_done(random)]} if random.random() < 0.3 else {}
    return query | some_exercise(random) if random.random() < 0.2 else query


def _some_done(random: Random) -> str:
    """What a link says has been done, true or not."""
    names = ",".join(random.sample(NAMES, random.randrange(1, 5)))
    return names if random.random() < 0.3 else mutated_text(names, random)


def any_value(random: Random) -> str:
    """A value that a parameter may have, or one that none has."""
    sound = (
        *("0.001", "64", "256,128", "adam", "torch", "mnist", "true", "demo", "0", "3", "browse", "cosine", "1e-3"),
        "noise:0.2,shift:3",
    )
    return (
        random.choice(sound)
        if random.random() < 0.3
        else (strange_word(random) if random.random() < 0.5 else mutated_text(random.choice(sound), random))
    )


_SCRIPT = """
from ui.learn.experiments.seeds import link_seeds
from ui.learn.progress import read_progress
from ui.settings.url import check_url
from ui.shell.exercise import current_exercise, open_exercise
from ui.shell.url import check_choice, check_page_param, checked_param
from ui.shell.url_table import PARAMETERS
from ui.shell.url_values import whole_number

open_exercise()
current_exercise()
check_url()
read_progress()
link_seeds()
for name in PARAMETERS:
    if PARAMETERS[name].words:
        check_choice(name)
check_page_param("page", 3)
checked_param("digit", whole_number(0, 9), "There is no digit “{value}”.")
"""

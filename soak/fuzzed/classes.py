"""What a link says of an exercise, and what people call themselves in it."""

from contextlib import suppress
from random import Random
from urllib.parse import urlencode

from core.classroom.exercise import (
    EXERCISE,
    FIX,
    HIDE,
    LONGEST_NAME,
    PAGES,
    Exercise,
    exercise_name,
    exercise_of_environment,
    read_exercise,
)
from core.classroom.nickname import LONGEST_NICKNAME, folded
from core.config import TrainConfig
from core.errors import ConfigError, RunError
from soak.fuzzed.files import check_sentence
from soak.mutations import mutated_text, strange_word
from ui.shell.menu import titles
from ui.shell.resources import run_store

CLASS, OWNERS = "wide", tuple(letter * 32 for letter in "0123456789abcdef")
"""An exercise, and who takes part in it."""
_SETTINGS = tuple(TrainConfig.model_fields)
_SOUND = ("64", "0.001", "3", "256,128", "adam", "true", "false", "mnist", "cnn", "0", "")
_NICKNAMES = ("Ada", "Øyvind", "小林", "<b>Bob</b>", "ｗｉｄｅ", "no nickname yet", "e\u0301", "👩‍🔬", "a" * 24)


def some_exercise(random: Random) -> dict[str, list[str]]:
    """The parameters of a link to an exercise, sound or not, some of them more than once."""
    given = {
        EXERCISE: [_damaged(CLASS, random)],
        PAGES: [_listed(tuple(titles()), random) for _ in range(random.choice((1, 1, 2)))],
        HIDE: [_listed((*titles(), *_SETTINGS), random) for _ in range(random.choice((1, 1, 2)))],
        FIX: [_fixed(random) for _ in range(random.randrange(1, 5))],
    }
    return {name: values for name, values in given.items() if random.random() < 0.7}


def feed_exercise(random: Random) -> None:
    """A link, or the environment: what of it holds can be said again, and what cannot be is named in a sentence."""
    given = some_exercise(random)
    exercise, complaints = read_exercise(given, titles())
    for complaint in complaints:
        check_sentence(complaint)
    _check_exercise(exercise)
    outer, _ = read_exercise(some_exercise(random), titles())
    inner = exercise.within(outer)
    _check_exercise(inner)
    assert all(inner.leaves_out(page) for page in titles() if exercise.leaves_out(page) or outer.leaves_out(page))
    # What a link implies follows from its values, which those of the outer exercise may replace.
    said = exercise.fixed.keys() | exercise.hidden
    assert all(inner.fixes(name) for name in _SETTINGS if name in said or outer.fixes(name))
    query = urlencode(given, doseq=True, errors="replace")
    with suppress(ConfigError):
        assert exercise_of_environment(_damaged(query, random), titles()).query().keys() <= given.keys() | {PAGES}
    with suppress(ConfigError):
        name = exercise_name(strange_word(random))
        assert read_exercise({EXERCISE: [name]}, ()) == (Exercise(name), [])


def feed_nickname(random: Random) -> None:
    """A name that somebody takes or gives up: it is one short line, and nobody else’s."""
    members, owner, word = run_store().members, random.choice(OWNERS), _damaged(random.choice(_NICKNAMES), random)
    if random.random() < 0.2:
        members.remove(CLASS, owner)
    before = members.nickname(CLASS, owner)
    try:
        name = members.join(CLASS, owner, word)
    except RunError:
        assert members.nickname(CLASS, owner) == before
        raise
    known = members.of(CLASS)
    assert known[owner] == members.nickname(CLASS, owner) == name
    assert 0 < len(name) <= LONGEST_NICKNAME
    assert len(name.splitlines()) == 1
    assert len(set(map(folded, known.values()))) == len(known)


def _check_exercise(exercise: Exercise) -> None:
    assert len(exercise.name) <= LONGEST_NAME
    assert not exercise.leaves_out("class")
    assert read_exercise(exercise.query(), titles()) == (exercise, []), exercise
    with suppress(ConfigError):
        config = exercise.applied_to(TrainConfig())
        assert exercise.is_obeyed_by(config)
        assert TrainConfig.from_json(config.to_json()) == config


def _listed(words: tuple[str, ...], random: Random) -> str:
    return _damaged(",".join(random.sample(words, random.randrange(1, 6))), random)


def _fixed(random: Random) -> str:
    value = random.choice(_SOUND) if random.random() < 0.6 else strange_word(random)
    return _damaged(random.choice(_SETTINGS) + random.choice((":", ":", ":", "")) + value, random)


def _damaged(text: str, random: Random) -> str:
    return text if random.random() < 0.6 else mutated_text(text, random)

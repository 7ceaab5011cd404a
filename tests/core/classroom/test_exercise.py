"""Exercises: read and written in one language, checked like any input, and never loosened from within."""

from types import MappingProxyType
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.classroom.exercise import Exercise, exercise_name, exercise_of_environment, read_exercise
from core.config import TrainConfig
from core.errors import ConfigError

PAGES = ("home", "class", "train", "evaluate", "draw")
SETTINGS = tuple(TrainConfig.model_fields)


def read(query: str) -> Exercise:
    exercise, complaints = read_exercise(parse_qs(query), PAGES)
    assert complaints == []
    return exercise


def test_a_link_says_what_is_open_hidden_and_fixed() -> None:
    exercise = read("exercise=wide&pages=train,draw&hide=draw,bias&fix=hidden_size:64&fix=widths:256,128&fix=epochs")
    assert [page for page in PAGES if exercise.leaves_out(page)] == ["home", "evaluate", "draw"]
    assert {name: exercise.value_of(name) for name in SETTINGS if exercise.fixes(name)} == {
        "hidden_size": 64,
        "widths": "256,128",
        "epochs": TrainConfig().epochs,
        "bias": True,
        "architecture": "mlp",
    }
    obeying = exercise.applied_to(TrainConfig(hidden_size=8, bias=False, seed=3))
    assert obeying == TrainConfig(hidden_size=64, widths="256,128", seed=3)
    assert exercise.is_obeyed_by(obeying)
    assert not exercise.is_obeyed_by(obeying.replace(hidden_size=65))


def test_without_an_exercise_everything_is_as_it_is() -> None:
    config = TrainConfig(hidden_size=9)
    assert Exercise().applied_to(config) is config
    assert not any(map(Exercise().leaves_out, (*PAGES, "one-that-comes-later")))
    assert not any(map(Exercise().fixes, SETTINGS))
    assert Exercise().query() == {}


@pytest.mark.parametrize(
    ("query", "chosen", "widths"),
    [
        ("fix=hidden_size:64", {"widths": "2048"}, (64,)),
        ("fix=hidden_size:64", {"architecture": "linear"}, (64,)),
        ("fix=hidden_layers:2", {"widths": "300"}, (128, 128)),
        ("fix=hidden_layers:2", {"hidden_size": 16, "architecture": "linear"}, (16, 16)),
        ("hide=hidden_size", {"widths": "2048"}, (128,)),
        ("fix=widths:32,16", {"architecture": "linear"}, (32, 16)),
        ("fix=hidden_size:64&fix=widths:32", {"hidden_size": 8}, (32,)),
        ("fix=hidden_layers:1&fix=architecture:cnn", {"architecture": "mlp", "widths": "9"}, (128,)),
        ("fix=epochs:3", {"widths": "32"}, (32,)),
    ],
)
def test_no_other_setting_undoes_the_layers_that_are_fixed(
    query: str, chosen: dict[str, object], widths: tuple[int, ...]
) -> None:
    exercise, config = read(f"exercise=a&{query}"), TrainConfig().replace(**chosen)
    obeying = exercise.applied_to(config)
    assert obeying.hidden_widths == widths
    assert exercise.is_obeyed_by(obeying)
    assert exercise.is_obeyed_by(config) == (config == obeying)


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ("fix=mixup:0.4", {"backend": "numpy"}),
        ("fix=architecture:cnn", {"backend": "numpy"}),
        ("fix=optimizer:adamw", {"backend": "numpy"}),
        ("fix=teacher:demo", {"loss": "squared_error"}),
    ],
)
def test_no_other_setting_rules_out_what_is_fixed(query: str, chosen: dict[str, object]) -> None:
    exercise = read(f"exercise=a&{query}")
    assert chosen.keys() <= exercise.implied
    assert exercise.applied_to(TrainConfig().replace(**chosen)) == exercise.applied_to(TrainConfig())


def test_a_page_that_comes_later_is_left_out_of_a_list() -> None:
    assert read("exercise=a&pages=train").leaves_out("one-that-comes-later")
    assert not read("exercise=a&hide=draw").leaves_out("one-that-comes-later")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("exercise=Wide", "“Wide”"),
        (f"exercise={'a' * 41}", "“" + "a" * 40),
        ("exercise=a&pages=trian", "no page “trian”"),
        ("exercise=a&hide=momentum", "no page or setting “momentum”"),
        ("exercise=a&fix=momentum:1", "no setting “momentum”"),
        ("exercise=a&fix=epochs:900", "Epochs must be a whole number from 1 to 200, not “900”"),
        ("exercise=a&fix=backend:numpy&fix=architecture:cnn", "no convolutions"),
        ("exercise=a&fix=<b>", "“<b>”"),
    ],
)
def test_what_cannot_be_is_named(query: str, named: str) -> None:
    _, (complaint,) = read_exercise(parse_qs(query), PAGES)
    assert named in complaint


def test_a_typing_error_opens_no_page_and_frees_no_setting() -> None:
    exercise, _ = read_exercise(parse_qs("exercise=a&pages=trian&fix=epochs:many"), PAGES)
    assert [page for page in PAGES if not exercise.leaves_out(page)] == ["class"]
    assert exercise.fixes("epochs")


settings_fixed = st.tuples(
    st.dictionaries(st.sampled_from(["hidden_size", "epochs", "seed"]), st.integers(1, 100), max_size=3),
    st.dictionaries(st.sampled_from(["learning_rate", "weight_decay"]), st.floats(1e-5, 1), max_size=2),
).map(lambda both: MappingProxyType(both[0] | both[1]))  # fmt: skip
exercises = st.builds(
    Exercise,
    st.sampled_from(["", "a", "b-2"]),
    st.none() | st.frozensets(st.sampled_from(PAGES)).map(lambda pages: pages | {"class"}),
    st.frozensets(st.sampled_from([*PAGES, *SETTINGS])),
    settings_fixed,
)


@settings(max_examples=40)
@given(exercises)
def test_a_link_reads_back_as_it_was_written(exercise: Exercise) -> None:
    again, complaints = read_exercise(parse_qs(urlencode(exercise.query(), doseq=True)), PAGES)
    assert complaints == []
    assert again == exercise


@settings(max_examples=40)
@given(exercises, exercises)
def test_nothing_within_loosens_what_is_around(inner: Exercise, outer: Exercise) -> None:
    both = inner.within(outer)
    for page in (*PAGES, "one-that-comes-later"):
        assert both.leaves_out(page) == (inner.leaves_out(page) or outer.leaves_out(page))
    for name in SETTINGS:
        said = name in {*inner.fixed, *inner.hidden} or outer.fixes(name)
        assert both.fixes(name) == (said or name in both.implied)
        if outer.fixes(name):
            assert both.value_of(name) == outer.value_of(name)
    assert both.name == (outer.name or inner.name)


@pytest.mark.parametrize(
    ("outer", "inner", "setting"),
    [
        ("fix=backend:numpy", "fix=architecture:cnn", "architecture"),
        ("fix=backend:numpy", "fix=mixup:0.4", "mixup"),
        ("fix=loss:squared_error", "fix=teacher:demo", "teacher"),
    ],
)
def test_what_cannot_be_beside_what_is_around_stays_at_its_default(outer: str, inner: str, setting: str) -> None:
    both = read(f"exercise=a&{inner}&fix=epochs:3").within(read(f"exercise=a&{outer}"))
    expected = {**read(f"exercise=a&{outer}").fixed, setting: getattr(TrainConfig(), setting), "epochs": 3}
    assert both.fixed == expected
    assert both.applied_to(TrainConfig()) == TrainConfig(**expected)


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from(["exercise", "pages", "hide", "fix"]), st.lists(st.text(max_size=30), max_size=4))
)
def test_no_text_breaks_it(given: dict[str, list[str]]) -> None:
    exercise, complaints = read_exercise(given, PAGES)
    assert read_exercise(exercise.query(), PAGES) == (exercise, [])
    assert all(len(complaint) < 300 for complaint in complaints)


def test_the_environment_is_refused_as_a_whole() -> None:
    assert exercise_of_environment("", PAGES) == Exercise()
    assert exercise_of_environment("?pages=train&fix=epochs:3", PAGES).value_of("epochs") == 3
    for text in ("pages=trian", "train", "pages=train&epochs=3", "fix=epochs:0"):
        with pytest.raises(ConfigError, match=r"^DIGITLAB_EXERCISE cannot be used\. "):
            exercise_of_environment(text, PAGES)


def test_a_name_is_made_of_what_a_teacher_types() -> None:
    assert exercise_name(" Wide or deep? ") == "wide-or-deep"
    for text in ("", "???", "a" * 41):
        with pytest.raises(ConfigError):
            exercise_name(text)

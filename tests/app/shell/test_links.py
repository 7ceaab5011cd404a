"""Addresses: every link that README, the documents and Learn hold or held, and every value of the table, old or new."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.analysis.confusion import MatrixMode
from core.analysis.ranking import ERROR_ORDERS
from core.data.dataset import SPLIT_NAMES
from core.explain.activation_map import GROUPINGS
from core.explain.distributions import KINDS
from core.runs.records import DEMO_RUN_ID
from ui.learn.targets import split_target
from ui.shell.url_table import PARAMETERS
from ui.shell.url_values import text

ROOT = Path(__file__).parents[3]
PLACES = ("README.md", "docs", "core/learn", "ui/learn")
IDENTIFIER = re.compile(r"[a-z0-9]+([_.,-][a-z0-9]+)*")
_PAGES = "home|class|datasets|explore|train|search|evaluate|errors|inside|robustness|draw|runs|compare|learn"
_LINK = re.compile(rf"(?<![\w.])(?:{_PAGES})\?[a-z_]+=[\w{{}}.,:&=-]+")

EVER_HELD = (
    "class?exercise=wide-or-deep&pages=train,evaluate&fix=epochs:3",
    f"draw?run={DEMO_RUN_ID}",
    "draw?source=draw",
    "draw?source=test&digit=8",
    f"errors?run={DEMO_RUN_ID}",
    f"evaluate?run={DEMO_RUN_ID}",
    f"evaluate?run={DEMO_RUN_ID}&tested_on=sklearn-digits",
    "explore?images=training",
    "explore?view=Browse",
    "explore?view=labels",
    "explore?view=map",
    "explore?view=statistics",
    f"inside?run={DEMO_RUN_ID}",
    *(f"learn?card={name}" for name in ("image", "mnist", "step", "stencil")),
    "learn?part=background",
    *(
        f"learn?part=background&about={slug}"
        for slug in (
            *("conclusion", "minima", "mnist", "perceptron", "pytorch", "rewind", "supervised", "tools", "transforms"),
        )
    ),
    "learn?part=challenges",
    "learn?part=questions",
    *(
        f"learn?part=experiments&experiment={name}"
        for name in (
            *(
                "augmentation",
                "balance",
                "batch_size",
                "centred",
                "layers",
                "learning_rate",
                "loader",
                "overfitting",
                "relu",
            ),
            *("scaling", "shuffle", "size", "start"),
        )
    ),
    *(
        f"learn?part=puzzles&puzzle={slug}"
        for slug in (
            *("batch-size", "black-on-white", "converged", "dropout-gradient", "feedback", "half-download"),
            *("header-row", "letters", "loader", "magic-number", "never-scaled", "no-bend", "pile-up"),
            *("product-without-sum", "softmax-twice", "stale-output", "test-curve", "test-from-train"),
            *("tiny-chunks", "transposed", "unshuffled-split"),
        )
    ),
    *(f"learn?part=questions&question={number}" for number in (*range(1, 12), 19, 21, 22, 23, 24, 25, 27, 30)),
    "learn?part=walk",
    "learn?part=walk&step=5",
    "learn?part=walk&walked=cnn",
    "learn?part=walk&step=7",
    "learn?part=walk&step=9",
    "learn?part=words",
    "learn?way=lesson",
    f"robustness?run={DEMO_RUN_ID}",
    "train?activation=none&hidden_layers=3",
    "train?architecture=cnn&epochs=2",
    "train?backend=numpy&hidden_size=32",
    "train?batch_size=256",
    "train?dataset=sklearn-digits&training_size=1000",
    "train?dropout=0.4&weight_decay=0.01&optimizer=adamw&patience=4",
    "train?epochs=3",
    "train?epochs=8&schedule=cosine&seed=1",
    "train?hidden_size=64&epochs=3",
    "train?hidden_size=64&epochs=3&training_size=10000",
    "train?hidden_size=64&learning_rate=0.01&batch_size=128&epochs=3",
    "train?hidden_size=64&learning_rate=0.01&epochs=3",
    "train?hidden_layers=0",
    "train?hidden_layers=2",
    "train?initialisation=zeros",
    "train?label_smoothing=0.1&mixup=0.2&batch_norm=true&epochs=15",
    "train?learning_rate=0.005",
    "train?learning_rate=2&optimizer=sgd&schedule=constant",
    "train?loss=squared_error",
    "train?normalisation=minus_one_one",
    "train?optimizer=momentum&learning_rate=0.05",
    "train?rotation=10&shift=2&elastic=1",
    "train?schedule=one_cycle&learning_rate=0.005",
    "train?shift=3&rotation=15&epochs=10",
    f"train?start_from={DEMO_RUN_ID}&dataset=sklearn-digits&learning_rate=0.0001",
    f"train?start_from={DEMO_RUN_ID}&dataset=sklearn-digits&learning_rate=0.0002",
    "train?validation_size=10000&split=random",
    "train?widths=256,128",
)
"""Every link with parameters in the history of PLACES. Add to it; take nothing out: somebody may have kept one."""

BESIDE: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "view": ("explore", {}),
    "images": ("explore", {}),
    "layout": ("explore", {"view": "map"}),
    "candidates": ("explore", {"view": "labels"}),
    "colours": ("inside", {"run": DEMO_RUN_ID}),
    "lit_by": ("inside", {"run": DEMO_RUN_ID}),
    "spread": ("inside", {"run": DEMO_RUN_ID}),
    "cells": ("evaluate", {"run": DEMO_RUN_ID}),
    "accuracy_axis": ("evaluate", {"run": DEMO_RUN_ID}),
    "epoch_axis": ("evaluate", {"run": DEMO_RUN_ID}),
    "curve": ("compare", {"runs": DEMO_RUN_ID}),
    "across": ("compare", {"runs": DEMO_RUN_ID}),
    "curve_scale": ("compare", {"runs": DEMO_RUN_ID}),
    "sort": ("errors", {"run": DEMO_RUN_ID}),
    "learned": ("errors", {"run": DEMO_RUN_ID}),
    "mistakes": ("errors", {"run": DEMO_RUN_ID}),
    "source": ("draw", {"run": DEMO_RUN_ID}),
    "why": ("errors", {"run": DEMO_RUN_ID}),
    "answers_by": ("draw", {"run": DEMO_RUN_ID, "source": "many"}),
    "change": ("robustness", {"run": DEMO_RUN_ID}),
    "attack": ("robustness", {"run": DEMO_RUN_ID}),
    "sampler": ("search", {}),
    "budget": ("search", {}),
    "way": ("learn", {}),
    "card": ("learn", {}),
    "plan": ("learn", {"way": "lesson"}),
    "part": ("learn", {"way": "depth"}),
    "weight": ("learn", {"part": "walk"}),
    "walked": ("learn", {"part": "walk"}),
    "walk_images": ("learn", {"part": "walk"}),
}
"""The page of each parameter that takes identifiers, and what its address needs besides."""

UNORDERED = {"pages"}
"""Lists whose order means nothing."""
OF_TWO_RUNS = "compared_on"
"""Its control is there for two runs only: tests/app/compare looks at it."""
CHOICES = {name: parameter for name, parameter in PARAMETERS.items() if parameter.words and name != OF_TWO_RUNS}


def says(page: AppTest, name: str) -> str:
    """What a page makes of a parameter: the URL says it, or leaves it out where it is the default."""
    given = page.query_params.get(name)
    if given is None:
        return text(page.session_state[name])
    return given if isinstance(given, str) else given[-1]


def links_now() -> Iterator[str]:
    for place in PLACES:
        files = [ROOT / place] if place.endswith(".md") else sorted((ROOT / place).rglob("*"))
        for file in files:
            if file.suffix in (".md", ".py"):
                yield from _LINK.findall(file.read_text(encoding="utf-8").replace("{DEMO_RUN_ID}", DEMO_RUN_ID))


def test_every_link_of_today_is_among_those_that_are_opened() -> None:
    assert {link for link in links_now() if not link.endswith("=N")} <= set(EVER_HELD)


@pytest.mark.slow
@pytest.mark.parametrize("link", EVER_HELD)
def test_a_link_opens_with_what_it_says(open_page, link: str) -> None:
    name, query = split_target(link)
    page = open_page(name, **query)
    assert not [*page.warning, *page.error]
    for parameter, value in query.items():
        known = PARAMETERS[parameter].former if parameter in PARAMETERS else {}
        said, meant = says(page, parameter), known.get(value, value)
        assert sorted(said.split(",")) == sorted(meant.split(",")) if parameter in UNORDERED else said == meant


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, known in CHOICES.items() for value in ([*known.words][-1], *known.former)],
)
def test_a_control_shows_words_and_the_url_has_the_identifier(open_page, monkeypatch, name: str, value: str) -> None:
    monkeypatch.setattr("ui.explore.data.read_map", lambda *_: np.zeros((3_000, 2)))
    target, query = BESIDE[name]
    page = open_page(target, **query, **{name: value})
    parameter = PARAMETERS[name]
    meant = parameter.former.get(value, value)
    assert not [*page.warning, *page.error]
    assert page.session_state[name] == meant
    assert says(page, name) == meant
    shown = [list(control.options) for control in (*page.segmented_control, *page.selectbox) if control.key == name]
    # AppTest tells an icon apart from the words behind it.
    assert shown == [[word.rpartition(":")[2].strip() for word in parameter.words.values()]]


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOICES)
def test_what_is_chosen_is_in_the_url_and_a_value_that_is_none_gets_one_sentence(open_page, name: str) -> None:
    target, query = BESIDE[name]
    page = open_page(target, **query, **{name: "Nonsense"})
    (warning,) = page.warning
    assert "“Nonsense”" in warning.value
    assert says(page, name) == PARAMETERS[name].default
    other = list(PARAMETERS[name].words)[-1]
    if name != "layout":
        (control,) = [one for one in (*page.segmented_control, *page.selectbox) if one.key == name]
        control.set_value(other).run()
        assert not page.exception
        assert page.query_params[name] == other


@pytest.mark.parametrize("name", CHOICES)
def test_identifiers_are_lower_case_and_former_values_lead_to_them(name: str) -> None:
    parameter = PARAMETERS[name]
    assert all(IDENTIFIER.fullmatch(value) for value in parameter.words)
    assert set(parameter.former.values()) <= set(parameter.words)
    assert not set(parameter.former) & set(parameter.words)


def test_the_table_has_what_the_core_computes() -> None:
    assert tuple(PARAMETERS["cells"].words) == get_args(MatrixMode)
    assert tuple(PARAMETERS["sort"].words) == ERROR_ORDERS
    assert tuple(PARAMETERS["spread"].words) == KINDS
    assert tuple(PARAMETERS["colours"].words) == GROUPINGS
    assert tuple(PARAMETERS["images"].words.values()) == SPLIT_NAMES


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "query"),
    [
        *((page, {}) for page in ("home", "datasets", "explore", "train", "search", "evaluate", "errors", "runs")),
        *((page, {}) for page in ("inside", "robustness")),
        ("compare", {}),
        ("class", {"exercise": "wide"}),
        ("draw", {"source": "test"}),
        ("explore", {"view": "map"}),
        *(("learn", {"part": part}) for part in PARAMETERS["part"].words),
        *(("learn", {"card": card}) for card in PARAMETERS["card"].words),
        ("learn", {"way": "lesson"}),
    ],
)
def test_no_bound_widget_writes_its_words_into_the_url(open_page, name: str, query: Mapping[str, str]) -> None:
    """What Streamlit binds by itself is named as it is shown: only names of classes and numbers may be."""
    page = open_page(name, **query)
    for element in page:
        proto = getattr(element, "proto", None)
        if getattr(proto, "query_param_key", ""):
            options = [getattr(option, "content", option) for option in getattr(proto, "options", ())]
            assert [option for option in options if not IDENTIFIER.fullmatch(option)] == []

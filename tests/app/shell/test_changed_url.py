"""A query string that changes within a session: Back, Forward or a link inside the page, with values that cannot be."""

from collections.abc import Mapping, Sequence
from functools import partial

import pytest
from streamlit.runtime.scriptrunner import RerunData
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.runs.records import DEMO_RUN_ID, Run

Values = str | list[str]

PARAMETERS: Mapping[str, Sequence[str]] = {
    "home": ("run",),
    "datasets": ("dataset",),
    "explore": (
        *("dataset", "view", "images", "layout", "labels", "ink", "slant", "order", "grid_page", "index"),
        *("map_across", "map_upwards", "split", "shuffle", "digit", "candidates"),
    ),
    "train": (*TrainConfig.model_fields, "run"),
    "evaluate": (
        *("run", "true_label", "predicted_label", "cells", "hide_diagonal", "cell_page", "refused", "log_loss"),
    ),
    "errors": (*("run", "sort", "true", "predicted", "digit", "page", "why", "rival", "learned", "learned_page"),),
    "inside": ("run", "spread", "map_layer", "layout", "colours", "spot_across", "spot_upwards"),
    "robustness": ("run", "beside", "change", "strength", "together", "attack", "epsilon"),
    "draw": ("run", "source", "digit", "crop", "scale", "centre", "why", "rival"),
    "runs": ("find", "tag", "status", "order_by", "ascending", "starred", "columns", "study", "runs_page"),
    "compare": ("runs", "a", "b", "curve", "across", "curve_scale", "smoothing", "fold", "compared_on"),
    "class": ("exercise", "pages", "hide", "fix"),
    "learn": ("way", "card", "plan", "done", "part"),
    "learn?part=questions": ("question",),
    "learn?part=walk": (
        *("step", "walk_digit", "number", "rate", "network", "weight", "unit", "output", "row", "column"),
    ),
    "learn?part=experiments": ("experiment",),
    "learn?part=puzzles": ("puzzle",),
    "learn?part=challenges": ("challenge", "part"),
}
"""What each page reads from the URL; a part of Learn is a page of its own."""

NASTY: Sequence[Values] = (
    *("", "sklearn-digits", "３", "-1", "1e999", "9" * 5_000, "../<b>*x*</b>"),
    *(["1", "2"], ["Map٣", "true"]),
)

SEEN_IN_USE: Sequence[Mapping[str, Values]] = (
    {"rotation": "sklearn-digits"},
    {"initial_range": "0", "batch_size": "linear"},
    {"shuffle": ["Map٣", "mlp"]},
    {"mixup": "+1", "warm_up": ["", ""]},
    {"seed": ["3", "4"]},
    {"hidden_size": ["64", "128"]},
)


def change_url(page: AppTest, query: Mapping[str, Values], *, goes_back: bool = False) -> None:
    """Run an open page with another query string; Streamlit tells Back and Forward apart from other reruns."""
    page.query_params.clear()
    page.query_params.update(query)
    with pytest.MonkeyPatch.context() as patch:
        if goes_back:
            runner = "streamlit.testing.v1.local_script_runner.RerunData"
            patch.setattr(runner, partial(RerunData, is_history_navigation=True))
        page.run()
    assert not page.exception, query


@pytest.mark.slow
@pytest.mark.parametrize("target", PARAMETERS)
def test_no_value_breaks_a_page_that_is_open(open_page, target: str) -> None:
    name, _, part = target.partition("?part=")
    stays = {"part": part} if part else {}
    page = open_page(name, **stays)
    for place, value in enumerate(NASTY):
        change_url(page, dict.fromkeys(PARAMETERS[target], value) | stays, goes_back=place % 2 == 1)


@pytest.mark.slow
@pytest.mark.parametrize("goes_back", [False, True])
@pytest.mark.parametrize("query", SEEN_IN_USE, ids="-".join)
def test_train_names_what_cannot_be_and_goes_on(open_page, query: Mapping[str, Values], goes_back: bool) -> None:
    page, fresh = open_page("train"), open_page("train", **query)
    change_url(page, query, goes_back=goes_back)
    assert [warning.value for warning in page.warning] == [warning.value for warning in fresh.warning]
    assert not page.error
    for name, value in query.items():
        kept = page.query_params.get(name)
        assert kept != value, "the URL says what cannot be, or says it twice"
    page.run()
    assert not page.warning


def test_back_to_an_address_without_runs_chooses_none(open_page, trained_run: Run) -> None:
    page = open_page("compare", runs=f"{DEMO_RUN_ID},{trained_run.run_id}")
    assert page.multiselect(key="compared_runs").value == [DEMO_RUN_ID, trained_run.run_id]
    change_url(page, {}, goes_back=True)
    assert page.multiselect(key="compared_runs").value == []
    assert "runs" not in page.query_params

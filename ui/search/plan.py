"""A search before it begins: what is varied, how, for how long, and its button."""

import streamlit as st

from core.config import TrainConfig
from core.errors import ConfigError, DigitLabError
from core.search.plan import MOST_MINUTES, MOST_TRIALS, Budget, Plan, make_plan
from core.search.records import Standing, said_of_skipped
from core.search.space import Varied, grid_size
from ui.jobs.state import JobsState
from ui.search.space import choose_space
from ui.settings.sidebar import show_settings_in_words
from ui.shell.resources import dataset_entry, engine, searches
from ui.shell.sentences import refuse_click
from ui.shell.state import page_state
from ui.shell.terms import explained
from ui.shell.url import bound, choice, write_param
from ui.shell.words import escape_markdown

STUDY = "study"
_MINUTES, _TRIALS = 5, 20


def show_plan(config: TrainConfig) -> None:
    """Everything that a new search is asked, and the button that starts it."""
    with st.container(border=True):
        st.header("New search", anchor=False, help=explained("Hyperparameter", "Validation set"))
        space = choose_space(config)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            sampler = st.segmented_control(
                "Sampler",
                **choice("sampler"),
                required=True,
                help="TPE learns from the trials so far. Random does not. A grid tries every combination of up to five "
                "values of each range.",
            )
            budget = _choose_budget()
            prunes = st.toggle(
                "Stop unpromising trials",
                **(bound("prune") | {"value": True}),
                help="Ends a trial that is worse than most were after the same epoch.",
            )
        show_settings_in_words(config, _how_many(config, space, budget, sampler or "tpe"))
        st.button(
            "Start search",
            type="primary" if space else "secondary",
            icon=":material/manage_search:",
            disabled=not space,
            on_click=_start,
            args=(config, space, budget, sampler or "tpe", prunes),
        )


def _choose_budget() -> Budget:
    kind = st.segmented_control("Budget", **choice("budget"), required=True)
    if kind == "trials":
        trials = st.number_input("Trials", 1, MOST_TRIALS, step=1, **(bound("trials") | {"value": _TRIALS}))
        return Budget.of(trials=int(trials))
    minutes = st.number_input("Minutes", 1, int(MOST_MINUTES), step=1, **(bound("minutes") | {"value": _MINUTES}))
    return Budget.of(minutes=float(minutes))


def _how_many(config: TrainConfig, space: tuple[Varied, ...], budget: Budget, sampler: str) -> str:
    """How many trials to expect, where that can be told; or why there can be none."""
    try:
        plan = _plan(config, space, budget, sampler)
    except ConfigError as error:
        return f" {escape_markdown(str(error))}" if space else ""
    grid = _grid_words(plan) if plan.grid else ""
    seconds = engine().estimate_seconds(config, dataset_entry(config.dataset))
    if budget.seconds is None or not seconds:
        return grid
    workers = engine().workers or engine().store.settings.workers
    trials = max(1, int(budget.seconds * workers / seconds))
    return f"{grid} With these settings there would be time for about {trials:,} trials."


def _grid_words(plan: Plan) -> str:
    """How large a grid is, and what of it is left out."""
    said = f" The grid has {grid_size(plan.space):,} combinations."
    skipped = said_of_skipped(plan, Standing())
    return f"{said} {escape_markdown(skipped)}" if skipped else said


def _plan(config: TrainConfig, space: tuple[Varied, ...], budget: Budget, sampler: str, *, prunes: bool = True) -> Plan:
    return make_plan(config, [varied.text() for varied in space], budget, sampler, prunes=prunes)


def _start(config: TrainConfig, space: tuple[Varied, ...], budget: Budget, sampler: str, prunes: bool) -> None:
    try:
        plan = _plan(config, space, budget, sampler, prunes=prunes)
        name = searches().start(plan, page_state(JobsState).session_id)
    except DigitLabError as error:
        refuse_click(error)
        return
    st.session_state[STUDY] = name
    write_param(STUDY, name)

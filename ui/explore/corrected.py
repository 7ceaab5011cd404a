"""Explore, Labels: relabel, exclude or keep an image, and train on the corrected labels."""

from collections.abc import Sequence
from typing import Any, Literal

import streamlit as st

from core.analysis.percent import percent, points
from core.config import TrainConfig
from core.corrections import Correction, corrections_words
from core.errors import DigitLabError
from core.labels.decisions import Decisions, effective
from core.runs.query import RunQuery
from core.runs.records import Run
from ui.choices.compared import compare_query
from ui.choices.dataset import whole_splits
from ui.explore.filters import choose_index
from ui.jobs.controls import submit
from ui.settings.url import session_settings
from ui.shell.browser import browser_id
from ui.shell.exercise import current_exercise
from ui.shell.page import show_error
from ui.shell.polling import show_polled
from ui.shell.resources import run_store, settings
from ui.shell.sentences import refuse_click, run_page_again
from ui.shell.words import escape_markdown

_CLASS = "explore_other_class"


def current_decisions(name: str) -> dict[int, Correction]:
    """What this browser has decided of a dataset, by index."""
    return _mine(name).read(whole_splits(name).train)


def show_decision(name: str, candidate: Correction, following: int | None) -> None:
    """What was decided of an image, and the buttons that decide.

    Parameters
    ----------
    candidate
        The image with its published class and the one that is suggested, None for none.
    following
        Index of the image that is looked at when this one is decided on.
    """
    train = whole_splits(name).train
    names, index = train.class_names, candidate.index
    known = current_decisions(name).get(index)
    suggested = candidate.published if candidate.label is None else candidate.label
    label = st.selectbox(
        "Another class",
        range(len(names)),
        index=suggested,
        format_func=names.__getitem__,
        key=f"{_CLASS} {index}",
    )
    with st.container(horizontal=True):
        kept = candidate.published
        common: dict[str, Any] = {"on_click": _decide, "width": "content"}
        relabel = Correction(index, kept, label)
        st.button("Relabel", key="relabel", args=(name, relabel, following), disabled=label == kept, **common)
        st.button("Exclude", key="exclude", args=(name, Correction(index, kept, None), following), **common)
        st.button("Keep", key="keep", args=(name, Correction(index, kept, kept), following), **common)
    if known is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/check: {_words(known, names)}", width="content")
            st.button("Undo", key="undo", on_click=_take_back, args=(name, index))


def show_retraining(name: str) -> None:
    """What the decisions amount to, and runs with and without them side by side."""
    st.header("Train on the corrected labels", anchor=False)
    decided = current_decisions(name)
    text = effective(decided)
    if not text:
        st.caption(
            f"{len(decided):,} labels checked, none changed. Relabel or exclude an image to train without its "
            "published label. The dataset itself stays as it is."
        )
        return
    st.markdown(
        f"**{corrections_words(text)}**, of {len(decided):,} labels that you have checked. Your decisions are kept "
        f"for this browser, apart from the dataset, which does not change."
    )
    plain = session_settings().replace(dataset=name, corrections="")
    try:
        # What an exercise fixes is fixed here as well, or the runs would not be found again.
        both = tuple(map(current_exercise().applied_to, (plain, plain.replace(corrections=text))))
    except DigitLabError as error:
        show_error(error)
        return
    show_polled(_show_runs, both, busy=lambda: tuple(_is_active(run) for run in map(_newest, both)))


def _show_runs(configs: tuple[TrainConfig, ...]) -> None:
    runs = [_newest(config) for config in configs]
    words = ("Train on the published labels", "Train on the corrected labels")
    with st.container(horizontal=True):
        for config, run, label in zip(configs, runs, words, strict=True):
            kind: Literal["primary", "secondary"] = "primary" if config.corrections else "secondary"
            if st.button(
                label,
                type=kind,
                icon=":material/play_arrow:",
                disabled=_is_active(run),
                on_click=_train,
                args=(config,),
            ):
                run_page_again()
    for run, what in zip(runs, ("published", "corrected"), strict=True):
        if run is not None:
            reached = "" if run.val_accuracy is None else f" · validation accuracy **{percent(run.val_accuracy)}**"
            st.markdown(f"On the {what} labels: {escape_markdown(run.title)} · {run.status}{reached}")
    there = [run.run_id for run in runs if run is not None]
    if len(there) == len(runs):
        st.page_link(
            "compare.py", label="Compare both runs", icon=":material/compare:", query_params=compare_query(there)
        )
    st.caption(f"{_difference(runs)}Both use your settings from Train and are measured on the same images.")


def _difference(runs: Sequence[Run | None]) -> str:
    """What the corrections have changed, once both runs have ended."""
    published, corrected = (None if run is None or _is_active(run) else run.val_accuracy for run in runs)
    if published is None or corrected is None:
        return ""
    change = corrected - published
    said = "no difference" if round(change, 4) == 0 else f"{points(change)} percentage points"
    return f"The corrected labels make {said}; Compare tells whether chance alone can explain it. "


def _train(config: TrainConfig) -> None:
    submit(config)


def _newest(config: TrainConfig) -> Run | None:
    """The last run with exactly these settings."""
    found = run_store().listing.find(RunQuery(configs=(config,)))
    return found[0] if found else None


def _is_active(run: Run | None) -> bool:
    return run is not None and run.status.is_active


def _decide(name: str, decision: Correction, following: int | None) -> None:
    try:
        _mine(name).decide(whole_splits(name).train, decision)
    except DigitLabError as error:
        refuse_click(error)
        return
    if following is not None:
        choose_index(following)


def _take_back(name: str, index: int) -> None:
    try:
        _mine(name).take_back(whole_splits(name).train, index)
    except DigitLabError as error:
        refuse_click(error)


def _mine(name: str) -> Decisions:
    return Decisions(settings().home, name, browser_id())


def _words(decision: Correction, names: tuple[str, ...]) -> str:
    if decision.label is None:
        return "Excluded"
    if decision.label == decision.published:
        return "Kept as it is"
    return f"Relabelled as {escape_markdown(names[decision.label])}"

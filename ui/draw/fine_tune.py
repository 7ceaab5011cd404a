"""Fine-tune a run on “My drawings” with one click, and see what that has changed."""

import streamlit as st

from core.analysis.predictions import Predictions
from core.data.dataset import ImageDataset
from core.data.drawn import drawn_by
from core.data.rehearsal import EPOCHS, REHEARSED, settings_to_rehearse
from core.errors import ConfigError, DigitLabError
from core.figures.montage import digit_montage
from core.runs.query import RunQuery
from core.runs.records import Run
from core.runs.status import RunStatus
from ui.digits.gallery import show_montage
from ui.jobs.controls import snapshot_of, stop_training, submit, why_not_stop
from ui.jobs.queue import place_words
from ui.results.before_after import show_before_and_after
from ui.results.choice import OWN
from ui.results.final import Tested, count_look
from ui.shell.browser import browser_id
from ui.shell.exercise import current_exercise, words_for
from ui.shell.polling import show_polled
from ui.shell.predictions import predictions
from ui.shell.resources import drawings_lock, images_to_test, model, my_drawings, run_store, splits_of
from ui.shell.sentences import refuse_click
from ui.shell.words import escape_markdown

_LOOKED_THROUGH = 50
"""Runs of this browser among which that one is looked for; one that is older is found by its name on Evaluate."""
_SHOWN, _COLUMNS = 60, 8


def show_fine_tuning(run: Run, drawings: ImageDataset) -> None:
    """The button; how a run under way does; and before and after, once it has ended."""
    tuned = run if _is_tuned(run) else _last_tuned(run)
    is_busy = tuned is not None and tuned.status.is_active
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Fine-tune on them",
            icon=":material/tune:",
            disabled=is_busy or run.status.is_active,
            on_click=fine_tune,
            args=(run,),
            help=f"Continues from this run for {EPOCHS} epochs at a tenth of its learning rate, with your drawings and "
            f"up to {REHEARSED:,} of its old training images, so that it forgets less of those. This creates a new "
            "run; this one does not change.",
        )
        if is_busy and tuned is not None:
            why = why_not_stop(tuned)
            st.button(
                "Stop",
                icon=":material/stop:",
                disabled=bool(why),
                help=escape_markdown(why) or None,
                on_click=stop_training,
                args=(tuned.run_id,),
            )
    if tuned is None:
        return
    show_polled(_show_progress, tuned.run_id, busy=lambda: run_store().summary(tuned.run_id).status.is_active)
    if not is_busy:
        _show_change(tuned, drawings)


def fine_tune(run: Run) -> None:
    """Queue a run that continues from this one with this browser’s drawings."""
    try:
        with drawings_lock():
            entry, sizes = my_drawings().beside(run.config, run.class_names, splits_of)
            config = settings_to_rehearse(run.config, run.run_id, entry.name, sizes)
            if not current_exercise().is_obeyed_by(config):
                raise ConfigError(
                    f"Fine-tuning changes settings that {words_for(current_exercise())} has fixed: it is not "
                    "available here."
                )
            submit(config)
    except DigitLabError as error:
        refuse_click(error)


def _is_tuned(run: Run) -> bool:
    return bool(run.config.start_from) and drawn_by(run.config.dataset) is not None


def _last_tuned(run: Run) -> Run | None:
    """The newest of this browser’s runs that continued from this one with drawings."""
    found = run_store().listing.find(RunQuery(owner=browser_id(), limit=_LOOKED_THROUGH))
    return next((one for one in found if _is_tuned(one) and one.config.start_from == run.run_id), None)


def _show_progress(run_id: str) -> None:
    run = run_store().summary(run_id)
    title = escape_markdown(run.title)
    if run.status.is_active:
        snapshot = snapshot_of(run_id)
        st.progress(min(1.0, snapshot.position / run.config.epochs), f"{title}: {place_words(snapshot)}")
    elif run.status is not RunStatus.COMPLETED:
        st.warning(f"{title} {run.status}. {escape_markdown(run.error or '')}", icon=":material/warning:")


def _show_change(tuned: Run, drawings: ImageDataset) -> None:
    """The test matrix and the drawings before and after; a sentence where either cannot be had."""
    if tuned.epochs_done <= 0:
        return
    test, after = images_to_test(tuned.config), predictions(tuned)
    count_look(Tested(tuned, OWN, test, after, counts=True, sentence=""))
    show_before_and_after(tuned, test, after)
    _show_drawings(tuned, drawings)
    with st.container(horizontal=True):
        for label, run_id in (
            ("Draw for the new run", tuned.run_id),
            ("Draw for the old run", tuned.config.start_from),
        ):
            st.page_link("draw.py", label=label, icon=":material/draw:", query_params={"run": run_id})
        query = {"run": tuned.run_id}
        st.page_link("evaluate.py", label="Evaluate", icon=":material/query_stats:", query_params=query)


def _show_drawings(tuned: Run, drawings: ImageDataset) -> None:
    """Each drawing with what was read before and what is read now."""
    if tuned.class_names != drawings.class_names or not run_store().exists(tuned.config.start_from):
        return
    before, after = (_read_by(run_id, drawings) for run_id in (tuned.config.start_from, tuned.run_id))
    names, shown = drawings.class_names, range(max(0, len(drawings) - _SHOWN), len(drawings))
    read = [(names[before.predicted[place]], names[after.predicted[place]]) for place in shown]
    st.markdown(
        f"**Your drawings**: {before.correct.sum():,} of {len(drawings):,} read as labelled before, "
        f"{after.correct.sum():,} after."
    )
    figure = digit_montage(
        drawings.images[shown.start :],
        [
            f"drawing {place + 1}: labelled {names[drawings.labels[place]]}, read as {old} before and {new} after"
            for place, (old, new) in zip(shown, read, strict=True)
        ],
        columns=_COLUMNS,
        marks=["right" if after.correct[place] else "wrong" for place in shown],
        captions=[f"{old} → {new}" for old, new in read],
    )
    alt = f"{len(shown)} drawings of yours, and what was read in each before and after"
    show_montage(figure, key="draw_before_after", alt=alt, max_height=320)
    st.caption(
        "It was trained on the drawings that existed when it started: reading those says nothing about new ones. "
        "Draw another and see."
    )


def _read_by(run_id: str, drawings: ImageDataset) -> Predictions:
    return Predictions(run_id, model(run_id).probabilities(drawings.images), drawings.labels, drawings.class_names)

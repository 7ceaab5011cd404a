"""The coach of Train: what the numbers of a run say, in a sentence, and a button that does something about it."""

import streamlit as st

from core.analysis.advice import Action, Advice, Seen
from core.analysis.coach import advise
from core.config import TrainConfig
from core.data.split_sizes import split_sizes
from core.engine.job import JobSnapshot
from core.errors import DigitLabError
from core.runs.query import RunQuery
from ui.jobs.controls import continue_training, start_training, stop_training, why_not_stop
from ui.settings.sidebar import apply_settings
from ui.shell.resources import dataset_entry, run_store
from ui.shell.rights import why_not
from ui.shell.words import escape_markdown

_ICONS = {
    Action.TRAIN: ":material/play_arrow:",
    Action.CONTINUE: ":material/resume:",
    Action.DRAW: ":material/gesture:",
    Action.ERRORS: ":material/error_outline:",
}
_PAGES = {Action.DRAW: "draw.py", Action.ERRORS: "errors.py"}
_ALL = 1_000_000
_NOTHING_YET = "The coach comments once the first epoch has ended."


def show_coach(advice: Advice | None, snapshot: JobSnapshot, key: str = "train") -> None:
    """One sentence and one button, in a place that is kept for them from the start."""
    with st.container(key=f"{key}_coach", horizontal=True, vertical_alignment="center", border=True):
        if advice is None:
            st.caption(_NOTHING_YET if snapshot.status.is_active else "The coach has nothing to say about this run.")
            return
        is_bad = advice.symptom.learned_nothing
        icon = ":red[:material/error:]" if is_bad else ":material/tips_and_updates:"
        st.markdown(f"{icon} {escape_markdown(advice.sentence)}", width="stretch")
        _show_button(advice, snapshot, key)


def advice_on(snapshot: JobSnapshot) -> Advice | None:
    """What the coach makes of a run at this moment."""
    run = run_store().summary(snapshot.run_id)
    return advise(
        Seen(
            snapshot.config,
            snapshot.status,
            snapshot.epochs,
            snapshot.error,
            twin="" if run.is_demo else _twin(snapshot.run_id),
            images=_images(snapshot.config),
            class_names=run.class_names,
        )
    )


def _show_button(advice: Advice, snapshot: JobSnapshot, key: str) -> None:
    """What the button does is done by what Train has for it anyway."""
    icon, run_id = _ICONS[advice.action], snapshot.run_id
    if page := _PAGES.get(advice.action):
        st.page_link(page, label=advice.button, icon=icon, query_params={"run": run_id})
        return
    run = run_store().summary(run_id)
    stops = snapshot.status.is_active and advice.action is Action.TRAIN and not why_not_stop(run)
    why = why_not(run) if advice.action is Action.CONTINUE else ""
    if st.button(
        f"Stop · {advice.button}" if stops else advice.button,
        icon=icon,
        key=f"{key}_coach_does",
        disabled=bool(why),
        help=escape_markdown(why) or None,
        on_click=_follow,
        args=(advice, run_id, stops),
    ):
        # Sidebar and buttons lie outside of the fragment that shows a run.
        st.rerun()


def _follow(advice: Advice, run_id: str, stops: bool) -> None:
    if advice.action is Action.CONTINUE:
        continue_training(run_id)
    elif advice.config is not None:
        if stops:
            stop_training(run_id)
        apply_settings(advice.config)
        start_training(advice.config)


@st.cache_data(max_entries=500, show_spinner=False)
def _twin(run_id: str) -> str:
    """Name of the last earlier run with the same settings that has been measured; whose it was does not matter."""
    run = run_store().summary(run_id)
    alike = run_store().listing.find(RunQuery(configs=(run.config,)))
    earlier = (other for other in alike if other.created < run.created)
    return next((other.name for other in earlier if other.val_accuracy is not None), "")


def _images(config: TrainConfig) -> int:
    """How many training images the dataset could give."""
    try:
        return split_sizes(config.replace(training_size=_ALL), dataset_entry(config.dataset)).train
    except DigitLabError:
        return 0

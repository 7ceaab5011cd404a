"""The learning-rate finder: a short sweep in a worker, its curve, and a button that takes its suggestion."""

import streamlit as st

from core.config import TrainConfig
from core.errors import DigitLabError
from core.figures.finder import finder_figure
from core.training.finder import HIGHEST, LOWEST, FinderCurve, find_learning_rate
from core.training.teaching import require_teacher
from ui.live.figure import show_figure
from ui.settings.url import set_setting
from ui.shell.background import find_work, is_running, start_work
from ui.shell.polling import show_polled
from ui.shell.resources import images_to_send, model, run_store
from ui.shell.sentences import refuse_click
from ui.shell.words import escape_markdown


def show_finder(config: TrainConfig) -> None:
    """What it is, its button, and what it found for these settings."""
    # Known by its key, it stays open when something above it comes or goes.
    with st.expander("Learning-rate finder", icon=":material/speed:", key="finder"):
        st.caption(
            f"Trains up to 200 batches with these settings while the learning rate grows from {LOWEST:g} to "
            f"{HIGHEST:g}. A good rate is just below the one at which the loss is lowest; where the loss rises again, "
            "the rate is too high."
        )
        key = finder_key(config)
        work = find_work(key)
        st.button(
            "Find a learning rate",
            icon=":material/search:",
            disabled=work is not None and (work.is_running or work.result is not None),
            on_click=start_finder,
            args=(config,),
        )
        show_polled(_show_state, key, config.learning_rate, busy=lambda: is_running(key))


def finder_key(config: TrainConfig) -> str:
    """One sweep for all settings that differ only in what the sweep leaves out."""
    return f"finder {config.replace(learning_rate=1e-3, epochs=1, schedule='constant', warm_up=0).to_json()}"


def start_finder(config: TrainConfig) -> None:
    """Ask a worker for the sweep."""
    try:
        require_teacher(run_store(), config)
        published = images_to_send(config)
        start = model(config.start_from).weights if config.start_from else None
        teacher = model(config.teacher) if config.teacher else None
    except DigitLabError as error:
        refuse_click(error)
        return
    start_work(finder_key(config), find_learning_rate, config, published, start, teacher)


def _show_state(key: str, current: float) -> None:
    work = find_work(key)
    if work is None:
        return
    if work.is_running:
        st.markdown(f":material/hourglass_top: Looking for a learning rate, {work.seconds:.0f} s …")
        return
    if work.error:
        st.error(f"No learning rate was found: {escape_markdown(work.error)}")
        return
    _show_curve(key, work.result, current)


def _show_curve(key: str, curve: FinderCurve, current: float) -> None:
    advice = curve.advice
    found = "it falls at no rate" if advice is None else f"good from {advice.cautious:g} to {advice.valley:g}"
    show_figure(
        finder_figure(curve, title="Loss against learning rate", current=current),
        key=f"chart {key}",
        alt=f"Training loss against the learning rate; {found}; {current:g} is set now.",
    )
    if advice is None:
        st.info("The loss falls at no rate here: a larger batch or another initialisation may help.")
        return
    st.caption(
        f"Green: rates that train well. The diamond marks the current rate, {current:g}. {advice.cautious:g} suits "
        "long training runs."
    )
    with st.container(horizontal=True):
        for rate, why in ((advice.valley, "trains best in a few epochs"), (advice.cautious, "slower and safer")):
            if st.button(
                f"Use {rate:g}",
                help=f"Sets the learning rate: {why}.",
                key=f"use {why} {key}",
                disabled=rate == current,
                on_click=set_setting,
                args=("learning_rate", rate),
            ):
                # The sidebar lies outside of this fragment.
                st.rerun()

"""Cards on learning: one step after the other, and by heart. Both networks are trained here, in NumPy."""

import numpy as np
import streamlit as st

from core.analysis.percent import percent
from core.data.dataset import DIGIT_NAMES
from core.figures.cards import memory_curves
from core.figures.montage import digit_montage
from core.learn.cards.learning import COUNTS, MOST_STEPS, STEPS, Memory, Reading, memory_of, reading_after
from ui.digits.gallery import show_montage
from ui.learn.cards.choosing import choose
from ui.learn.cards.demo import unseen
from ui.learn.state import LearnState
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.shell.resources import splits
from ui.shell.state import page_state

_MEASURED = 1_000
_ROWS = 2
_COLUMNS = 10
_STRIDES = (1, 10, 100)


def show_step() -> None:
    """Ten of each digit, what the network reads, and buttons that teach it."""
    steps = page_state(LearnState).steps
    with st.container(horizontal=True):
        for stride in _STRIDES:
            st.button(
                "One step" if stride == 1 else f"{stride} steps",
                type="primary" if stride == 1 else "secondary",
                disabled=steps + stride > MOST_STEPS,
                on_click=_take,
                args=(stride,),
                key=f"card_steps_{stride}",
            )
        st.button("Start over", icon=":material/replay:", disabled=not steps, on_click=_take, args=(-steps,))
    reading = _reading(steps)
    images = unseen().images[:_MEASURED]
    labels = unseen().labels[:_MEASURED]
    shown = np.stack([np.flatnonzero(labels == digit)[:_ROWS] for digit in range(_COLUMNS)], axis=1).reshape(-1)
    _show_readings(images[shown], labels[shown], reading.predicted[shown])
    taken = "no step" if not steps else "1 step" if steps == 1 else f"{steps} steps"
    st.markdown(
        f"After **{taken}** it reads **{percent(reading.accuracy)}** of {_MEASURED:,} other digits correctly, with a "
        f"mean confidence of {reading.confidence.mean():.0%}. Its answers are below the digits; a thick frame marks a "
        "wrong one."
    )


def show_memory() -> None:
    """How many images it may learn from, and what it then reads of them and of others."""
    count = int(choose("Images to learn from", COUNTS, COUNTS[0], key="card_count", format_func="{:,}".format))
    memory = _memory(count)
    seen, others = (percent(float(shares[-1])) for shares in (memory.seen, memory.unseen))
    show_figure(
        kept_figure(memory_curves, memory),
        key="card_memory",
        alt=f"Accuracy by steps: at the end {seen} on seen and {others} on unseen digits",
    )
    gap = 100 * (memory.seen[-1] - memory.unseen[-1])
    st.markdown(
        f"Of the digits it learned from, it reads **{seen}**; of {_MEASURED:,} others, "
        f"**{others}**. The gap is {gap:.2f} points."
    )
    st.caption(f"Trained by this server just now: 784-32-10, {STEPS:,} steps of 32 images in each case.")


def _show_readings(images: np.ndarray, labels: np.ndarray, predicted: np.ndarray) -> None:
    marks = ["right" if right else "wrong" for right in predicted == labels]
    captions = [DIGIT_NAMES[label] for label in predicted]
    hover = [f"label {label}, read as {read}" for label, read in zip(labels, predicted, strict=True)]
    show_montage(
        kept_figure(digit_montage, images, hover, columns=_COLUMNS, marks=marks, captions=captions),
        key="card_learning",
        alt=f"{len(images)} digits, of which the network reads {marks.count('right')} correctly",
    )


def _take(steps: int) -> None:
    state = page_state(LearnState)
    state.steps = min(max(state.steps + steps, 0), MOST_STEPS)


@st.cache_data(max_entries=64, show_spinner=False)
def _reading(steps: int) -> Reading:
    data = splits()
    return reading_after(steps, data.train, data.validation.subset(np.arange(_MEASURED)), data.normalisation)


@st.cache_data(max_entries=8, show_spinner="Learning …")
def _memory(count: int) -> Memory:
    data = splits()
    return memory_of(count, data.train, data.validation.subset(np.arange(_MEASURED)), data.normalisation)

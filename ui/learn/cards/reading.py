"""Cards on what a network reads: its guesses, its mistakes, and what is not a digit at all."""

import numpy as np
import streamlit as st

from core.analysis.duel import Duel, new_duel
from core.analysis.percent import percent, probability_percent
from core.analysis.verdict import named
from core.data.dataset import DIGIT_NAMES
from core.figures.digit import digit_heatmap
from core.figures.montage import digit_montage
from core.figures.probabilities import probability_bars
from core.learn.cards.strangers import KINDS, shown_to_it
from core.runs.records import DEMO_RUN_ID
from ui.digits.gallery import show_montage
from ui.digits.reader import reader_of
from ui.learn.cards.choosing import choose
from ui.learn.cards.demo import demo_predictions, unseen
from ui.learn.state import LearnState
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.shell.resources import run_store
from ui.shell.state import page_state

_TALLEST = 260
_COLUMNS = 10
_KINDS = dict(zip(KINDS, ("A digit", "A letter", "A scribble", "A turned digit", "Noise"), strict=True))


def show_guess() -> None:
    """Digits that the network finds hard: first the reader’s answer, then the network’s."""
    state = page_state(LearnState)
    if state.duel is None:
        _begin()
    duel = state.duel
    assert duel is not None
    number = len(duel.answers) - state.is_told
    place = duel.positions[number]
    digit, answer = st.columns(2)
    with digit:
        _show_digit(unseen().images[place], "card_hard", f"Digit {number + 1} of {len(duel.positions)}")
    with answer:
        if state.is_told:
            _show_guess(duel, number)
        else:
            st.markdown(f"**Digit {number + 1} of {len(duel.positions)}**: what do you read?")
            _show_buttons()


def show_mistakes() -> None:
    """Every validation image of one digit that the demo run misreads."""
    label = int(choose("Digits labelled", DIGIT_NAMES, "4", key="card_true"))
    read = demo_predictions()
    of_label = read.labels == label
    places = np.flatnonzero(of_label & ~read.correct)
    answers = read.predicted[places]
    order = np.argsort(-np.bincount(answers, minlength=len(DIGIT_NAMES))[answers], kind="stable")
    places, answers = places[order], answers[order]
    hover = [f"label {label}, read as {answer}" for answer in answers]
    captions = [DIGIT_NAMES[answer] for answer in answers]
    images = unseen().images[places]
    show_montage(
        kept_figure(digit_montage, images, hover, columns=_COLUMNS, rows=2, captions=captions),
        key="card_misread",
        alt=f"Every {label} that the network misreads, with its answer: {', '.join(captions) or 'none'}",
    )
    counts = np.bincount(answers, minlength=len(DIGIT_NAMES))
    most = f", most often as {named(DIGIT_NAMES[int(counts.argmax())])}" if len(places) else ""
    st.markdown(
        f"Of {int(of_label.sum()):,} images labelled {label}, the network misreads **{len(places)}**{most}. Of all "
        f"{len(read.labels):,} validation images it reads {percent(read.accuracy)} correctly."
    )


def show_unknown() -> None:
    """What the demo run says to what it has never learned from, and whether Digit Lab refuses it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = choose(
            "Show it", KINDS, "letter", key="card_kind", format_func=_KINDS.__getitem__, label_visibility="collapsed"
        )
        st.button("Another", icon=":material/cached:", on_click=_next_example, key="card_another")
    image = shown_to_it(kind, page_state(LearnState).example, unseen().images)
    opinion = reader_of(run_store().get(DEMO_RUN_ID)).opinion(image[None])
    probabilities = opinion.probabilities[0]
    picture, bars = st.columns([2, 3])
    with picture:
        _show_digit(image, "card_stranger", _KINDS[kind])
    with bars:
        show_figure(
            kept_figure(probability_bars, probabilities, DIGIT_NAMES),
            key="card_stranger_bars",
            alt="How the network spreads 100% over the ten digits",
        )
    answer, chance = named(DIGIT_NAMES[int(probabilities.argmax())]), probability_percent(float(probabilities.max()))
    likeness = "**not like** anything" if opinion.is_strange[0] else "like something"
    st.markdown(
        f"The network alone says {answer}: {chance}. The answer to the second question: this is {likeness} that it has "
        "learned from."
    )


def _show_guess(duel: Duel, number: int) -> None:
    probabilities = demo_predictions().probabilities[duel.positions[number]]
    yours, read, label = (DIGIT_NAMES[which[number]] for which in (duel.answers, duel.read, duel.true_labels))
    show_figure(
        kept_figure(probability_bars, probabilities, DIGIT_NAMES, true_label=duel.true_labels[number]),
        key="card_guess_bars",
        alt=f"How the network spreads 100% over the ten digits; the label is {label}",
    )
    st.markdown(
        f"You read {named(yours)}, the network guesses {named(read)}, the label is {named(label)}. "
        f"So far: you {duel.yours}, network {duel.networks} of {len(duel.answers)}."
    )
    is_last = duel.is_over
    st.button(
        "Start over" if is_last else "Another digit",
        icon=":material/replay:" if is_last else ":material/arrow_forward:",
        on_click=_begin if is_last else _go_on,
        key="card_guess_on",
    )


def _show_buttons() -> None:
    with st.container(horizontal=True, key="card_answers"):
        for label, name in enumerate(DIGIT_NAMES):
            st.button(name, key=f"card_answer_{name}", on_click=_answer, args=(label,))


def _show_digit(image: np.ndarray, key: str, alt: str) -> None:
    show_figure(kept_figure(digit_heatmap, image), key=key, alt=alt, shape="1", max_height=_TALLEST)


def _begin() -> None:
    state = page_state(LearnState)
    seed = int(np.random.default_rng().integers(2**31))
    state.duel, state.is_told = new_duel(demo_predictions(), seed), False


def _answer(label: int) -> None:
    state = page_state(LearnState)
    if state.duel is not None and not state.is_told:
        state.duel, state.is_told = state.duel.answer(label), True


def _go_on() -> None:
    page_state(LearnState).is_told = False


def _next_example() -> None:
    page_state(LearnState).example += 1

"""Errors as a game: you and the network read the test images that are hardest for it; labels come after the answer."""

from collections.abc import Sequence
from string import ascii_letters, digits
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.duel import Duel, new_duel
from core.figures.digit import digit_heatmap
from ui.digits.gallery import show_gallery
from ui.errors.list import inspect
from ui.errors.state import GameState
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.results.final import Tested
from ui.shell.state import page_state
from ui.shell.url import go_to
from ui.shell.words import escape_markdown, item

MISTAKES = "mistakes"
"""In the URL: as a list or as a game."""
_MOST_BUTTONS: Final = 30
_TALLEST: Final = 300
_KEYS: Final = frozenset(digits + ascii_letters) - set("rRcC")
"""Streamlit keeps R and C for itself."""
_WHO: Final = {(True, True): "both", (True, False): "you", (False, True): "the network", (False, False): "neither"}


def show_game(tested: Tested) -> None:
    """One image after another, then the score."""
    state, what = page_state(GameState), item(tested.run.class_names)
    if not len(tested.predictions.labels):
        st.caption(f"There is no test {what} to play with.")
        return
    if state.duel is None or state.key != _key(tested):
        _begin(tested)
    assert state.duel is not None
    if state.duel.answers:
        _show_last(state.duel, tested.run.class_names)
    if state.duel.is_over:
        _show_end(tested, state.duel)
    else:
        _ask(tested, state.duel)


def _ask(tested: Tested, duel: Duel) -> None:
    """The next image; nothing on the page tells its label."""
    names, what, number = tested.run.class_names, item(tested.run.class_names), len(duel.answers)
    st.markdown(f"**{what.capitalize()} {number + 1} of {len(duel.positions)}**: what do you read?")
    show_figure(
        kept_figure(digit_heatmap, tested.images.images[duel.positions[number]]),
        key="game_image",
        alt=f"Test {what} {number + 1} of {len(duel.positions)} of this game",
        shape="1",
        max_height=_TALLEST,
    )
    if len(names) > _MOST_BUTTONS:
        key = f"game_is_{number}"
        label = st.selectbox("Your answer", range(len(names)), index=None, format_func=names.__getitem__, key=key)
        key = f"game_answer_{number}"
        st.button("Answer", disabled=label is None, key=key, on_click=_answer, args=(number, label))
    else:
        _show_buttons(names, number)
    st.caption(
        f"Some of these the network misreads, the others it only just reads correctly. Type the {what} or click it; "
        "you see the label once you have answered."
    )


def _show_buttons(names: Sequence[str], number: int) -> None:
    """A button for each class; those of the next image are others, so that a double click does not answer that too."""
    with st.container(horizontal=True, key="game_answers"):
        # The key is the answer itself: said twice it reads like another one.
        st.html("<style>.st-key-game_answers kbd { display: none; }</style>")
        for label, name in enumerate(names):
            shortcut = name if name in _KEYS and name.lower() not in map(str.lower, names[:label]) else None
            st.button(
                escape_markdown(name),
                key=f"game_answer_{number}_{label}",
                shortcut=shortcut,
                on_click=_answer,
                args=(number, label),
            )


def _show_last(duel: Duel, names: Sequence[str]) -> None:
    """The label of the image that was answered last, and the score until now."""
    last = len(duel.answers) - 1
    yours, read, label = (escape_markdown(names[which[last]]) for which in (duel.answers, duel.read, duel.true_labels))
    st.markdown(
        f"The last one is labelled **{label}**: you read {yours}, the network reads {read}. "
        f"**You {duel.yours}, network {duel.networks}.**"
    )


def _show_end(tested: Tested, duel: Duel) -> None:
    names, what, total = tested.run.class_names, item(tested.run.class_names), len(duel.positions)
    yours, network = st.columns(2)
    yours.metric("You", f"{duel.yours} of {total}")
    network.metric("Network", f"{duel.networks} of {total}")
    rows = [
        (f"{position}", names[label], names[answer], names[read], _WHO[answer == label, read == label])
        for position, label, answer, read in zip(duel.positions, duel.true_labels, duel.answers, duel.read, strict=True)
    ]
    show_gallery(
        tested.images.images[np.array(duel.positions)],
        [f"Test {what} {row[0]}<br>label {row[1]}<br>you {row[2]}, network {row[3]}" for row in rows],
        key=f"game_{tested.key}",
        alt=f"The {total} test {what}s of this game, labelled {', '.join(row[1] for row in rows)}",
        columns=5,
        captions=[row[1] for row in rows],
        on_pick=lambda place: _inspect(duel.positions[place]),
    )
    st.dataframe(
        pd.DataFrame(rows, columns=[f"Test {what}", "Label", "You", "Network", "Read as labelled"]),
        hide_index=True,
        height="content",
        alt=f"What you and the network read in {total} test {what}s, and who read the label",
    )
    st.button("Play again", icon=":material/replay:", type="primary", on_click=_begin, args=(tested,))
    st.caption(
        f"The labels, too, were given by people, and not all of them are beyond doubt. Click {what}s above to inspect "
        "them."
    )


def _begin(tested: Tested) -> None:
    state = page_state(GameState)
    seed = int(np.random.default_rng().integers(2**31))
    state.key, state.duel = _key(tested), new_duel(tested.predictions, seed)


def _answer(number: int, label: int) -> None:
    """Take an answer to one of the images, unless that has been answered."""
    state = page_state(GameState)
    if state.duel is not None and len(state.duel.answers) == number:
        state.duel = state.duel.answer(label)


def _inspect(position: int) -> None:
    inspect(position)
    go_to(MISTAKES, "list", "list")


def _key(tested: Tested) -> str:
    return f"{tested.key} {tested.run.version}"

"""Learn, Spot the bug: mistakes that were really made, and what they cost."""

import pandas as pd
import streamlit as st

from core.learn.puzzles.catalogue import PUZZLES
from core.learn.puzzles.puzzle import Finding, Puzzle
from ui.learn.code import show_code
from ui.learn.state import LearnState
from ui.shell.background import find_work, is_running, start_work
from ui.shell.polling import show_polled
from ui.shell.state import page_state
from ui.shell.url import go_to, linked
from ui.shell.url_values import one_of

PUZZLE = "puzzle"
_BY_SLUG = {puzzle.slug: puzzle for puzzle in PUZZLES}
_FIRST = PUZZLES[0].slug


def show_puzzles() -> None:
    """How many are found, the choice of one, and the chosen one."""
    st.markdown(
        "Everything quoted here comes from a document that people learn from. Find what is wrong, then measure on "
        "this machine what it costs, with Digit Lab’s own code."
    )
    found = sum(page_state(LearnState).puzzles.values())
    st.progress(found / len(PUZZLES), f"{found} of {len(PUZZLES)} spotted")
    puzzle = _BY_SLUG[choose_puzzle()]
    show_quotation(puzzle)
    ask(puzzle)
    if puzzle.slug in page_state(LearnState).puzzles:
        show_answer(puzzle)


def choose_puzzle() -> str:
    """A select box in the URL, and a button for the next."""
    link = linked(PUZZLE, one_of(*_BY_SLUG), _FIRST, "There is no puzzle “{value}”; here is the first.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        slug = str(st.selectbox("Puzzle", list(_BY_SLUG), format_func=lambda name: _BY_SLUG[name].title, **link))
        slugs = list(_BY_SLUG)
        following = slugs[(slugs.index(slug) + 1) % len(slugs)]
        st.button("Next", icon=":material/arrow_forward:", on_click=go_to, args=(PUZZLE, following, _FIRST))
    return slug


def show_quotation(puzzle: Puzzle) -> None:
    """What is there, and where."""
    st.header(puzzle.title, anchor=False)
    if puzzle.is_code:
        st.code(puzzle.quotation, wrap_lines=True)
    else:
        st.markdown("\n".join(f"> {line}  " for line in puzzle.quotation.splitlines()))
    st.caption(puzzle.document)


def ask(puzzle: Puzzle) -> None:
    """The question and its choices; a way to be shown."""
    st.markdown(f"**{puzzle.question}**")
    answer = st.radio(
        "Your answer",
        range(len(puzzle.choices)),
        index=None,
        format_func=puzzle.choices.__getitem__,
        key=f"puzzle_{puzzle.slug}",
        label_visibility="collapsed",
    )
    opened = page_state(LearnState).puzzles
    if answer == puzzle.answer:
        if puzzle.slug not in opened:
            opened[puzzle.slug] = True
            # The count above has been drawn already.
            st.rerun()
        st.success("That is it.", icon=":material/check_circle:")
    elif answer is not None:
        st.warning("That is not it. Look again.", icon=":material/search:")
    if puzzle.slug not in opened:
        st.button("Show me", icon=":material/visibility:", on_click=_give_up, args=(puzzle.slug,))


def show_answer(puzzle: Puzzle) -> None:
    """Explanation, consequence and the product's own code."""
    st.markdown(f"**{puzzle.choices[puzzle.answer]}**")
    st.markdown(puzzle.explanation)
    show_polled(show_consequence, puzzle, busy=lambda: is_running(_key(puzzle)))
    with st.expander("How Digit Lab does it", icon=":material/code:"):
        show_code(puzzle.code)


def show_consequence(puzzle: Puzzle) -> None:
    """The button, what the worker is doing, or what it found."""
    work = find_work(_key(puzzle))
    if work is None or work.error:
        if work is not None:
            st.error(work.error)
        st.button(
            f"{puzzle.doing} (about {puzzle.seconds:.0f} s)",
            type="primary",
            icon=":material/science:",
            key="measure",
            on_click=_measure,
            args=(puzzle,),
        )
    elif work.is_running:
        share = work.seconds / (work.seconds + puzzle.seconds)
        st.progress(share, f"{puzzle.doing} … {work.seconds:.0f} s")
    else:
        show_finding(work.result)


def show_finding(finding: Finding) -> None:
    """What was measured just now, here."""
    st.markdown(f":material/science: **Measured:** {finding.sentence}")
    rows = [reading.words() for reading in finding.readings]
    st.table(pd.DataFrame(rows, columns=["Measured", *finding.columns]), hide_index=True, alt=finding.sentence)


def _key(puzzle: Puzzle) -> str:
    return f"puzzle {puzzle.slug}"


def _give_up(slug: str) -> None:
    page_state(LearnState).puzzles.setdefault(slug, False)


def _measure(puzzle: Puzzle) -> None:
    start_work(_key(puzzle), puzzle.measure)

"""What somebody makes of a run: three questions in its card, and what was answered, wherever runs are read about."""

from dataclasses import replace
from functools import partial
from typing import Any, Final

import streamlit as st

from core.errors import DigitLabError
from core.runs.records import Run
from core.runs.reflection import HEADINGS, Reflection
from core.runs.remarks import LONGEST_TEXT
from ui.shell.rights import changeable, why_not
from ui.shell.sentences import refuse_click
from ui.shell.words import escape_markdown

_FIELDS: Final = ("expected", "happened", "change")
_HINTS: Final = (
    "How accurate it would be, what it would confuse, how long it would take",
    "What surprised you, what was difficult, what you still do not understand",
    "The one setting that you would change first, and why",
)
_LONGEST_ANSWER = LONGEST_TEXT // 3 - 50
"""Three answers with their headings fit into what a run keeps."""


def show_reflection(run: Run, *, key: str) -> None:
    """A box with the three questions; each answer is kept as soon as it is left.

    Parameters
    ----------
    key
        That of the card it belongs to.
    """
    box = st.expander("Reflection", icon=":material/edit_note:", key=f"{key}_reflection", on_change="rerun")
    if not box.open:
        return
    said, why = Reflection.of(run.reflection), why_not(run)
    with box:
        for name, heading, hint in zip(_FIELDS, HEADINGS, _HINTS, strict=True):
            field = f"{key}_{name}_{run.run_id}"
            st.text_area(
                heading,
                getattr(said, name),
                max_chars=_LONGEST_ANSWER,
                placeholder=hint,
                height=80,
                disabled=bool(why),
                key=field,
                on_change=partial(_keep_answer, run.run_id, name, field),
            )
        where = "It is shown on Runs and Compare, and included in the report, the script and the notebook."
        st.caption(f":material/lock: {escape_markdown(why)}" if why else where)


def show_said(run: Run) -> None:
    """Notes and the answers, to read."""
    for heading, said in [*([("Notes", run.notes)] if run.notes else []), *Reflection.of(run.reflection).answers]:
        # Hard breaks, and no line that begins a block of its own.
        lines = (escape_markdown(line.strip()) or "\N{NO-BREAK SPACE}" for line in said.splitlines())
        st.markdown("  \n".join((f"**{heading}**", *lines)))


def keep_remark(run_id: str, **said: Any) -> None:
    """Keep what somebody says of a run, as :meth:`core.runs.store.RunStore.remark` takes it; for callbacks."""
    try:
        changeable(run_id).remark(run_id, **said)
    except DigitLabError as error:
        refuse_click(error)


def _keep_answer(run_id: str, name: str, field: str) -> None:
    """The one that was left; the others as they are stored by now, regardless of who wrote them."""
    try:
        store = changeable(run_id)
        kept = Reflection.of(store.summary(run_id).reflection)
        store.remark(run_id, reflection=replace(kept, **{name: st.session_state[field]}).text)
    except DigitLabError as error:
        refuse_click(error)

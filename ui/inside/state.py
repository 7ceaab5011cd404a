"""What a session keeps of Inside: which unit is looked at and which are switched off, in the URL as well."""

from collections.abc import Sequence

import streamlit as st

from core.explain.units import Unit, units_of, units_text
from ui.shell.url import go_to, linked

UNIT, OFF, DIGIT, LIT_BY = "unit", "off", "digit", "lit_by"
"""In the URL."""


def chosen_unit(widths: Sequence[int], default: Unit) -> Unit:
    """The unit that the URL names, or the default after one sentence about a bad one.

    Parameters
    ----------
    widths
        Units of each hidden layer; at least one layer.
    """
    linked(UNIT, lambda text: str(Unit.of(text, widths)), str(default), "")
    return Unit.of(st.session_state[UNIT], widths)


def switched_off_units(widths: Sequence[int]) -> tuple[Unit, ...]:
    """The units that the URL has switched off; none of them after one sentence about a bad one."""
    linked(OFF, lambda text: units_text(units_of(text, widths)), "", "")
    return units_of(st.session_state[OFF], widths)


def choose_unit(unit: Unit) -> None:
    """Look at this unit from now on."""
    go_to(UNIT, str(unit), None)


def switch(units: Sequence[Unit], off: Sequence[Unit]) -> None:
    """Switch these units off where they are on, and on where they are off."""
    go_to(OFF, units_text(sorted(set(units) ^ set(off))), "")


def switch_all_on() -> None:
    """Let every unit speak again."""
    go_to(OFF, "", "")


def choose_digit(digit: int) -> None:
    """Look at this test digit from now on."""
    st.session_state[DIGIT] = digit

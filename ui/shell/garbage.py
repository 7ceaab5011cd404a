"""What the collection of garbage passes over: whatever imports and the first runs of pages have left.

Streamlit collects garbage after every run of a script, and every thread waits meanwhile: for a third of a page’s rerun,
if it looks through all functions and classes, which stay as long as the server. What is frozen is not looked through:
https://docs.python.org/3/library/gc.html#gc.freeze. Should it become garbage in a circle, it stays: of sessions that
were open at one of the few moments when something was imported, no more than that.
"""

import gc
import sys
from dataclasses import dataclass

import streamlit as st


@dataclass
class _Frozen:
    modules: int = 0


def freeze_imports() -> None:
    """Collect garbage, and look through what is left no more."""
    _frozen().modules = len(sys.modules)
    gc.collect()
    gc.freeze()


def freeze_new_imports() -> None:
    """The same where something has been imported since; nothing in a process that never called the other."""
    if 0 < _frozen().modules < len(sys.modules):
        freeze_imports()


@st.cache_resource(show_spinner=False)
def _frozen() -> _Frozen:
    return _Frozen()

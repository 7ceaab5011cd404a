"""Why a run has too few kept moments to compare: a sentence."""

import streamlit as st

from core.explain.moments import kept_places
from core.runs.records import Run
from core.runs.status import RunOrigin
from ui.shell.resources import run_store

_ENOUGH = 2


def show_missing_moments(run: Run, why: str, *, enough: int = _ENOUGH) -> bool:
    """Whether too few moments of a run are kept; says so.

    Parameters
    ----------
    why
        What they would be needed for, the beginning of a sentence: ``A path needs two moments``.
    """
    kept = len(kept_places(run_store().files, run.run_id))
    if kept >= enough:
        return False
    st.info(f"{why}, {_reason(run, kept)}", icon=":material/history:")
    return True


def _reason(run: Run, kept: int) -> str:
    if run.origin is RunOrigin.IMPORTED:
        return "and an imported model comes without its earlier epochs."
    if len(run.epochs) < _ENOUGH:
        return "and this run has one epoch so far. Train for more epochs."
    count = "none is" if not kept else "only one is"
    return (
        f"and {count} kept for this run: the others were removed to stay within the space for weights "
        "(DIGITLAB_RUN_BUDGET_MB and DIGITLAB_STORE_BUDGET_MB)."
    )

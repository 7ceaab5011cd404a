"""The reader of a run: its network and its judge, which is made here in a moment or else by a worker."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.errors import DataError, RunError
from core.models.numpy_model import NumpyModel
from core.reading.judging import (
    IMAGES_GONE,
    STILL_TRAINING,
    is_quick,
    judge_of,
    keep_judge,
    kept_judge,
    make_judge_apart,
)
from core.reading.reader import Judge, Reader
from core.runs.records import Run
from ui.shell.background import find_work, start_work
from ui.shell.resources import dataset_entry, images_to_send, model, model_of, settings, splits_of

BEING_MADE: Final = "Its confidence is being calibrated: for now it is the network’s own, and nothing is refused."
_FAILED: Final = "Its confidence could not be calibrated; the log says why. It is the network’s own."
NOT_YET: Final = "Its confidence has not been calibrated yet: choose this run, and it will be."
_WEIGHTS_GONE: Final = "The weights of this run are gone: its confidence cannot be calibrated any more."


def reader_of(run: Run) -> Reader:
    """What reads drawings with a run; never waits for a worker.

    Raises
    ------
    RunError
        If its weights are gone or damaged.
    """
    network = model(run.run_id)
    return _reader(network, run, _at_once if is_quick(network) else _slow)


def reader_at_hand(run: Run) -> Reader:
    """The same of a run that was just read, with what is known already: no judge is made, here or by a worker."""
    return _reader(model_of(run), run, _at_hand)


def _reader(network: NumpyModel, run: Run, judge: Callable[[NumpyModel, Run], Judge]) -> Reader:
    if run.status.is_active:
        return Reader(network, Judge(why_not=STILL_TRAINING))
    try:
        # Asked every time: what has been deleted must not live on in the cache of one process.
        dataset_entry(run.config.dataset)
        return Reader(network, judge(network, run))
    except DataError:
        return Reader(network, Judge(why_not=IMAGES_GONE))


def _at_once(network: NumpyModel, run: Run) -> Judge:
    return _quick(network, run.run_id, run.version)


def _at_hand(network: NumpyModel, run: Run) -> Judge:
    key = (network, run.run_id, run.version)
    judge = _kept(*key)
    if judge is None:
        # It may be made at any time.
        _kept.clear(*key)
    return judge or Judge(why_not=NOT_YET)


def judge_of_run(run: Run) -> Judge:
    """What is known of when to believe a run; of one whose weights are gone, that nothing is."""
    try:
        return reader_of(run).judge
    except RunError:
        return Judge(why_not=_WEIGHTS_GONE)


def _slow(network: NumpyModel, run: Run) -> Judge:
    """What is kept or has come from a worker; until then one that knows nothing."""
    key = f"judge {run.run_id} {run.version}"
    work = find_work(key)
    if work is None:
        kept = _kept(network, run.run_id, run.version)
        if kept is not None:
            return kept
        work = start_work(key, make_judge_apart, network, images_to_send(network.config))
    if work.result is not None:
        return _made(work.result, network, run.run_id, run.version)
    return Judge(why_not=BEING_MADE if work.is_running else _FAILED)


# ``run_id`` and ``version`` are the cache's key and nothing else.
@st.cache_resource(max_entries=32, show_spinner=False)
def _quick(_network: NumpyModel, run_id: str, version: str) -> Judge:  # noqa: ARG001
    return judge_of(_network, settings().home, lambda: splits_of(_network.config))


@st.cache_resource(max_entries=32, show_spinner=False)
def _kept(_network: NumpyModel, run_id: str, version: str) -> Judge | None:  # noqa: ARG001
    return kept_judge(_network, settings().home)


@st.cache_resource(max_entries=32, show_spinner=False)
def _made(_judge: Judge, _network: NumpyModel, run_id: str, version: str) -> Judge:  # noqa: ARG001
    keep_judge(_judge, _network, settings().home)
    return _judge

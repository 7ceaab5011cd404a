"""What a run says about test images: as it is kept, or computed and kept; and how often somebody has looked."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from core.analysis.accuracy import share_correct
from core.analysis.predictions import Predictions
from core.data.dataset import ImageDataset
from core.runs import rows
from core.runs.class_order import require_own_order
from core.runs.files import RunFiles
from core.runs.ownership import Ownership
from core.runs.records import Run
from core.runs.schema import RUNS, STORE_FAILURES

logger = logging.getLogger("digitlab.runs")


def predictions_of(run: Run, test: ImageDataset, files: RunFiles, ownership: Ownership) -> Predictions:
    """Predictions of these images; computed with NumPy if none are kept.

    Raises
    ------
    RunError
        If the run has no weights yet, or their file is damaged.
    DataError
        If it counts other classes than these images.
    """
    require_own_order(run, test.class_names)
    probabilities = files.load_predictions(run.run_id, test.digest)
    if probabilities is None or probabilities.shape != (len(test), len(test.class_names)):
        probabilities = files.load_model(run.run_id).probabilities(test.images)
        with _if_possible(f"The predictions of run {run.run_id}"):
            _keep(run, probabilities, test, files, ownership)
    return Predictions(run.run_id, probabilities, test.labels, test.class_names)


def _keep(
    run: Run, probabilities: NDArray[np.float32], test: ImageDataset, files: RunFiles, ownership: Ownership
) -> None:
    """Keep what any server has computed, unless the run is in progress or has got other weights meanwhile."""
    if ownership.why_read_only or run.status.is_active:
        return
    accuracy = share_correct(probabilities, test.labels)
    with ownership.begin() as connection:
        if rows.update_unchanged(connection, run, test_accuracy=accuracy):
            files.save_predictions(run.run_id, probabilities, test.digest)


def count_look(run_id: str, ownership: Ownership) -> None:
    """One more session has looked at the test results of a run."""
    if not ownership.why_read_only:
        with _if_possible(f"A look at the test results of run {run_id}"), ownership.begin() as connection:
            rows.update_run(connection, run_id, {"test_looks": RUNS.c.test_looks + 1})


@contextmanager
def _if_possible(what: str) -> Iterator[None]:
    """Nobody asked for it to be kept: a full disk must not hide what was computed."""
    try:
        yield
    except STORE_FAILURES:
        logger.exception("%s could not be kept.", what)

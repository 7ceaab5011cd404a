"""Datasets that a worker asks for, read and sent beside the dispatcher: some take long."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.data.catalogue import Catalogue
from core.data.dataset import SourceDataset
from core.errors import DigitLabError

NOT_READ = "The dataset could not be read; the server’s log says more."
logger = logging.getLogger("digitlab.engine")


class Deliveries:
    """One dataset is read at a time."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="delivery")

    def send(self, dataset: str, send: Callable[[SourceDataset | None, str], object]) -> None:
        """Read a dataset and send it off, or the reason why it cannot be had."""
        self._readers.submit(self._read_and_send, dataset, send)

    def close(self) -> None:
        """Read no more."""
        self._readers.shutdown(wait=False, cancel_futures=True)

    def _read_and_send(self, dataset: str, send: Callable[[SourceDataset | None, str], object]) -> None:
        published, error = None, ""
        try:
            published = Catalogue(self._home).load(dataset)
        except DigitLabError as failure:
            error = str(failure)
        except Exception:
            # A worker waits for an answer, whatever went wrong.
            logger.exception("Dataset %s could not be read.", dataset)
            error = NOT_READ
        send(published, error)

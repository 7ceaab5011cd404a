"""Images that a worker holds, so that they come to it once."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable

from core.data.dataset import ImageDataset, SourceDataset

MOST_BYTES = 256_000_000
_LOOK_SECONDS = 0.05


class HeldDatasets:
    """Those that were used last, as many as ``MOST_BYTES`` has room for, and always the last.

    By their names, which hold a digest of the content: servers that share a worker share its images.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[str, SourceDataset] = OrderedDict()
        self._bringing: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def get(
        self, name: str, bring: Callable[[], SourceDataset | None], stopped: Callable[[], bool]
    ) -> SourceDataset | None:
        """A dataset, brought if it is not there; one thread brings it, the others wait for that. None if stopped.

        Raises
        ------
        DataError
            What bringing it raises: one that has waited then tries it itself.
        """
        with self._lock:
            bringing = self._bringing[name]
        while not bringing.acquire(timeout=_LOOK_SECONDS):
            if stopped():
                return None
        try:
            dataset = self._held.get(name) or bring()
            if dataset is not None:
                self._keep(name, dataset)
            return dataset
        finally:
            bringing.release()

    def _keep(self, name: str, dataset: SourceDataset) -> None:
        with self._lock:
            self._held[name] = dataset
            self._held.move_to_end(name)
            while len(self._held) > 1 and sum(map(_size, self._held.values())) > MOST_BYTES:
                self._held.popitem(last=False)


def _size(dataset: SourceDataset) -> int:
    return sum(map(_size_of_part, (dataset.train, dataset.test)))


def _size_of_part(part: ImageDataset | None) -> int:
    return 0 if part is None else part.images.nbytes + part.labels.nbytes

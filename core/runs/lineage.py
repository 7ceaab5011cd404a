"""The runs that a run started from, one after another."""

from core.config import TrainConfig
from core.errors import RunNotFoundError
from core.runs.store import RunStore

_MOST = 100


def lineage(store: RunStore, config: TrainConfig) -> tuple[TrainConfig, ...]:
    """The settings of a run, of the one whose weights it started from, and so on; as far as the store has them."""
    configs = [config]
    while configs[-1].start_from and len(configs) < _MOST:
        try:
            configs.append(store.summary(configs[-1].start_from).config)
        except RunNotFoundError:
            break
    return tuple(configs)

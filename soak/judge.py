"""Whether a run is whole: its rows, its files, and what was seen of it before something was killed."""

from collections.abc import Mapping

from core.atomic import UNFINISHED
from core.errors import DigitLabError
from core.runs.model_tensors import read_tensors
from core.runs.status import RunStatus
from core.runs.store import RunStore

Seen = Mapping[int, float]
"""Validation losses by epoch, as a reader has found them in the store."""
MOST_TO_REPEAT = 2
"""Epochs whose rows may be there when their weights are not: they are trained again."""
_WHOLE = (RunStatus.COMPLETED, RunStatus.INTERRUPTED, RunStatus.STOPPED)


def seen_of(store: RunStore, run_id: str) -> dict[int, float]:
    """Complete epochs that are in the store now."""
    return {metrics.epoch: metrics.val_loss for metrics in store.get(run_id).epochs if metrics.complete}


def complaints(store: RunStore, run_id: str, seen: Seen, most_to_repeat: int = MOST_TO_REPEAT) -> list[str]:
    """What is wrong with a run that has ended; empty where nothing is."""
    try:
        run = store.get(run_id)
    except DigitLabError as error:
        return [f"{run_id} is lost: {error}"]
    found = []
    if run.status not in _WHOLE:
        found.append(f"{run_id} is {run.status}: {run.error}")
    epochs = [metrics.epoch for metrics in run.epochs]
    if epochs != list(range(1, len(epochs) + 1)):
        found.append(f"{run_id} has the epochs {epochs}")
    now = {metrics.epoch: metrics.val_loss for metrics in run.epochs}
    found += [
        f"{run_id} had {loss} in epoch {e} and has {now.get(e)}" for e, loss in seen.items() if now.get(e) != loss
    ]
    return found + _complaints_about_files(store, run_id, most_to_repeat)


def to_repeat(store: RunStore, run_id: str) -> int:
    """Epochs whose rows are there and whose weights are not."""
    checkpoint = store.files.load_checkpoint(run_id)
    rows = [metrics.epoch for metrics in store.get(run_id).epochs if metrics.complete]
    return max(0, len(rows) - (checkpoint.epoch if checkpoint else 0))


def never_trained_again(store: RunStore, run_id: str) -> bool:
    """Whether the weights are ahead of the rows: what lies between, a run that is continued leaves out."""
    checkpoint = store.files.load_checkpoint(run_id)
    rows = [(metrics.epoch, metrics.step) for metrics in store.get(run_id).epochs]
    return checkpoint is not None and (checkpoint.epoch, checkpoint.step) > max(rows, default=(0, 0))


def _complaints_about_files(store: RunStore, run_id: str, most_to_repeat: int) -> list[str]:
    found = [f"{run_id} still has {path.name}" for path in store.files.folder(run_id).glob(f"{UNFINISHED}*")]
    for path in store.files.folder(run_id).glob("*.safetensors"):
        try:
            read_tensors(path)
        except DigitLabError as error:
            found.append(f"{run_id}: {error}")
    try:
        repeated, is_ahead = to_repeat(store, run_id), never_trained_again(store, run_id)
    except DigitLabError as error:
        return [*found, f"{run_id}: {error}"]
    if repeated > most_to_repeat:
        found.append(f"{run_id} lacks the weights of its last {repeated} epochs")
    if is_ahead:
        found.append(f"{run_id} has the weights of an epoch and not its row")
    return found

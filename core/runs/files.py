"""RunFiles: weights and predictions of runs, as safetensors files within a budget."""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from core.atomic import sweep, write_atomically
from core.data.dataset import Normalisation
from core.errors import RunError
from core.models.numpy_model import NumpyModel
from core.runs.model_tensors import BEST, NETWORK_ARRAYS, Tensors, model_metadata, read_model, read_tensors, under
from core.runs.records import Checkpoint, Run

CHECKPOINT = "checkpoint.safetensors"
PREDICTIONS = "predictions.safetensors"
_EPOCH_FILES = "epoch-[0-9][0-9][0-9][0-9].safetensors"
_EARLY_FILES = "early-[0-9][0-9][0-9][0-9][0-9][0-9][0-9].safetensors"
_HALF_MAX = float(np.finfo(np.float16).max)
_BEST_BEFORE, _OPTIMIZER = "best-before.", "optimizer."
_RECORDS = ("random_state", "batch_losses", "val_losses")
RUN_FILES = (CHECKPOINT, PREDICTIONS, _EPOCH_FILES, _EARLY_FILES)
"""Patterns of the names of all files that belong to a run."""


@dataclass(frozen=True)
class RunFiles:
    """A folder with one folder per run.

    Every file is written under a temporary name and moved into place: a reader finds the old one or the new one,
    never half of one.

    Parameters
    ----------
    run_budget, store_budget
        Bytes that the weights of earlier epochs may take, in one run and in all of them together.
    """

    root: Path
    run_budget: int
    store_budget: int
    _earlier: dict[str, tuple[int, int]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """By run, when its folder last got or lost a file, and the bytes of its earlier weights then."""

    def folder(self, run_id: str) -> Path:
        """Where a run's files are; may not exist yet."""
        return self.root / run_id

    def save_checkpoint(self, run: Run, checkpoint: Checkpoint) -> None:
        """Write the last checkpoint whole and its weights in half precision, and keep to the run's budget."""
        run_id, metadata = run.run_id, _metadata(run, checkpoint)
        tensors: dict[str, NDArray[Any]] = dict(checkpoint.weights)
        tensors |= {f"{BEST}{k}": v for k, v in (checkpoint.best_weights or {}).items()}
        tensors |= {f"{_BEST_BEFORE}{k}": v for k, v in (checkpoint.best_before or {}).items()}
        tensors |= {f"{_OPTIMIZER}{k}": v for k, v in checkpoint.optimizer.items()}
        tensors |= {name: getattr(checkpoint, name) for name in _RECORDS}
        progress = {"hits": str(checkpoint.correct), "seconds": repr(checkpoint.seconds)}
        self._write(self.folder(run_id) / CHECKPOINT, tensors, metadata | progress)
        half = half_precision(checkpoint.weights)
        self._write(self.folder(run_id) / f"epoch-{checkpoint.epoch:04d}.safetensors", half, metadata)
        self._thin_out(run_id)

    def save_early(self, run: Run, step: int, weights: Tensors) -> None:
        """Write the weights after this many batches of the first epoch."""
        path = self.folder(run.run_id) / f"early-{step:07d}.safetensors"
        self._write(path, weights, _network_metadata(run) | {"epoch": "1", "step": str(step)})

    def drop_early(self, run_id: str) -> None:
        """Forget what an earlier start has left."""
        for _, path in self.early_paths(run_id):
            path.unlink(missing_ok=True)

    def has_checkpoint(self, run_id: str) -> bool:
        """Whether there is one that training can continue from."""
        return (self.folder(run_id) / CHECKPOINT).exists()

    def load_checkpoint(self, run_id: str) -> Checkpoint | None:
        """The last checkpoint, or None if there is none yet.

        Raises
        ------
        RunError
            If the file is damaged.
        """
        path = self.folder(run_id) / CHECKPOINT
        if not path.exists():
            return None
        tensors, metadata = read_tensors(path)
        try:
            return Checkpoint(
                epoch=int(metadata["epoch"]),
                step=int(metadata["step"]),
                weights={k: v for k, v in tensors.items() if k.startswith(NETWORK_ARRAYS)},
                optimizer=under(_OPTIMIZER, tensors),
                random_state=tensors["random_state"],
                batch_losses=tensors["batch_losses"],
                correct=int(metadata["hits"]),
                seconds=float(metadata["seconds"]),
                # Checkpoints of the first version did not have them.
                val_losses=tensors.get("val_losses", np.empty(0)),
                best_weights=under(BEST, tensors) or None,
                best_before=under(_BEST_BEFORE, tensors) or None,
            )
        except (KeyError, ValueError) as error:
            raise RunError(
                f"The file {path.name} of this run is not a checkpoint that training can continue from."
            ) from error

    def load_model(self, run_id: str) -> NumpyModel:
        """The network after the last epoch.

        Raises
        ------
        RunError
            If there are no weights yet, or the file is damaged.
        """
        path = self.folder(run_id) / CHECKPOINT
        if not path.exists():
            raise RunError(f"Run “{run_id}” has no weights yet: they are saved when its first epoch ends.")
        return read_model(path)

    def epoch_paths(self, run_id: str) -> list[tuple[int, Path]]:
        """Epochs whose weights are kept, and their files, in order."""
        return [(int(path.stem.split("-")[1]), path) for path in sorted(self.folder(run_id).glob(_EPOCH_FILES))]

    def early_paths(self, run_id: str) -> list[tuple[int, Path]]:
        """Batches of the first epoch after which weights were kept, and their files, in order."""
        return [(int(path.stem.split("-")[1]), path) for path in sorted(self.folder(run_id).glob(_EARLY_FILES))]

    def save_predictions(self, run_id: str, probabilities: NDArray[np.float32], digest: str) -> None:
        """Keep test probabilities ``(N, K)`` and the digest of the images that they belong to."""
        self._write(self.folder(run_id) / PREDICTIONS, {"probabilities": probabilities}, {"data_digest": digest})

    def load_predictions(self, run_id: str, digest: str) -> NDArray[np.float32] | None:
        """Test probabilities ``(N, K)``; None if there are none for these images, or their file is damaged."""
        path = self.folder(run_id) / PREDICTIONS
        if not path.exists():
            return None
        try:
            tensors, metadata = read_tensors(path)
        except RunError:
            # The weights give them again.
            return None
        probabilities = tensors.get("probabilities")
        if metadata.get("data_digest") != digest or probabilities is None or not _are_shares(probabilities):
            return None
        return probabilities

    def drop_predictions(self, run_id: str) -> None:
        """Forget predictions that later weights have made stale."""
        (self.folder(run_id) / PREDICTIONS).unlink(missing_ok=True)

    def usage(self, run_id: str) -> int:
        """Bytes on disk of one run."""
        return sum(map(_size, self.folder(run_id).glob("*")))

    def total(self) -> int:
        """Bytes on disk of all runs."""
        return sum(map(_size, self.root.glob("*/*")))

    def delete(self, run_id: str) -> None:
        """Remove everything of a run."""
        self._earlier.pop(run_id, None)
        shutil.rmtree(self.folder(run_id), ignore_errors=True)

    def sweep(self, run_ids: Iterable[str]) -> None:
        """Remove what processes that are gone were writing of these runs, and what was coming in long ago."""
        sweep(self.root)
        for run_id in run_ids:
            sweep(self.folder(run_id), older_than=0.0)

    def keep_to_store_budget(self, oldest_first: list[str]) -> None:
        """Drop earlier weights of the oldest runs until all runs fit; last checkpoints always stay."""
        sizes = {run_id: self._earlier_bytes(run_id) for run_id in oldest_first}
        excess = sum(sizes.values()) - self.store_budget
        for run_id, size in sizes.items():
            if excess <= 0:
                return
            for _, path in (*self.early_paths(run_id), *self.epoch_paths(run_id)):
                path.unlink(missing_ok=True)
            excess -= size

    def _earlier_bytes(self, run_id: str) -> int:
        """What the earlier weights of a run take; its files are looked at only when its folder has changed."""
        try:
            changed = self.folder(run_id).stat().st_mtime_ns
        except FileNotFoundError:
            return 0
        if self._earlier.get(run_id, (None,))[0] != changed:
            paths = (*self.early_paths(run_id), *self.epoch_paths(run_id))
            self._earlier[run_id] = changed, sum(_size(path) for _, path in paths)
        return self._earlier[run_id][1]

    def _thin_out(self, run_id: str) -> None:
        kept = self.epoch_paths(run_id)
        while len(kept) > 2 and sum(_size(path) for _, path in kept) > self.run_budget:
            # The one whose neighbours are closest goes, the first and the last stay: what is left spans the whole run.
            gaps = [after[0] - before[0] for before, after in zip(kept, kept[2:], strict=False)]
            kept.pop(1 + gaps.index(min(gaps)))[1].unlink(missing_ok=True)

    @staticmethod
    def _write(path: Path, tensors: Tensors, metadata: dict[str, str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(
            path, save({k: np.ascontiguousarray(v).reshape(v.shape) for k, v in tensors.items()}, metadata)
        )


def half_precision(weights: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float16]]:
    """The same in half of the room; what is too large for it becomes the largest there is."""
    return {name: np.clip(array, -_HALF_MAX, _HALF_MAX).astype(np.float16) for name, array in weights.items()}


def _are_shares(probabilities: NDArray[Any]) -> bool:
    """Whether every row is one of probabilities, as no damaged file's are: from 0 to 1, together 1."""
    return (
        probabilities.ndim == 2
        and probabilities.dtype == np.float32
        and bool(((probabilities >= 0) & (probabilities <= 1)).all())
        and bool((abs(probabilities.sum(axis=1) - 1) < 1e-3).all())
    )


def _size(path: Path) -> int:
    """Bytes of a file; 0 for one that has just been moved or dropped."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _network_metadata(run: Run) -> dict[str, str]:
    normalisation = Normalisation(run.environment.mean, run.environment.std)
    return model_metadata(run.run_id, run.config, normalisation, run.class_names)


def _metadata(run: Run, checkpoint: Checkpoint) -> dict[str, str]:
    return _network_metadata(run) | {"epoch": str(checkpoint.epoch), "step": str(checkpoint.step)}

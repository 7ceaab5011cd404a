"""Maps kept in files, since a worker needs seconds to make one."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.atomic import replacing


def read_map(path: Path, count: int) -> NDArray[np.float64] | None:
    """Points of an earlier map, shape ``(count, 2)``; None if the file is missing, damaged or of another sample."""
    try:
        points = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if not isinstance(points, np.ndarray) or points.shape != (count, 2) or points.dtype != np.float64:
        return None
    return points if np.isfinite(points).all() else None


def write_map(path: Path, points: NDArray[np.float64]) -> None:
    """Keep a map; a reader never sees half a file. A disk that refuses costs the time of making it again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary, temporary.open("xb") as file:
            np.save(file, np.asarray(points, dtype=np.float64), allow_pickle=False)
    except OSError:
        return

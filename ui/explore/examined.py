"""The examination of a dataset's labels: asked for once for all sessions, kept under the home."""

from pathlib import Path

from core.data.catalogue import BUILT_IN
from core.labels.examination import (
    PARTS,
    Examination,
    examination_of,
    examine_part,
    read_examination,
    write_examination,
)
from core.labels.held_out import require_enough
from ui.choices.dataset import whole_config, whole_splits
from ui.shell.measurement import Kept, Measurement, Prepared
from ui.shell.resources import catalogue, settings


def examination(dataset: str) -> Measurement[Examination]:
    """Workers examine the training images; too few get a sentence."""
    train = whole_splits(dataset).train

    def prepare() -> Prepared:
        require_enough(train)
        published = None if dataset in BUILT_IN else catalogue().load(dataset)
        shared = (whole_config(dataset), published)
        return Prepared(examine_part, shared, PARTS, lambda results: examination_of(train, results))

    def read(path: Path) -> Examination | None:
        return read_examination(path, train)

    path = settings().home / "cache" / f"labels-{train.digest[:16]}.safetensors"
    return Measurement(f"labels {train.digest}", prepare, Kept(path, read, write_examination))

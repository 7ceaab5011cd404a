"""Damaged files of a home: a run’s folder, somebody’s drawings; and what somebody has written of a run."""

import ast
import json
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from core.commands.line import training_command
from core.config import TrainConfig
from core.data.catalogue import FOLDER, Catalogue, load_splits
from core.data.dataset import DatasetEntry, ImageDataset, SourceDataset
from core.data.drawn import mark_of
from core.data.my_drawings import MyDrawings, forget_left_behind
from core.exports.script import notebook_bytes, script_bytes
from core.exports.subject import Subject, subject_of_path
from core.models.numpy_model import NumpyModel
from core.runs.archive import RUN_FILE, export_run, import_run
from core.runs.files import RunFiles
from core.runs.model_file import read_model_file
from core.runs.model_tensors import read_model
from core.runs.records import Checkpoint, EarlySnapshot, EpochMetrics, Run, RunEnvironment
from core.runs.reflection import HEADINGS, Reflection
from core.runs.remarks import tidy_tags, tidy_text
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from soak.fuzzed import specimens
from soak.fuzzed.models import other_header
from soak.mutations import mutated, mutated_text, strange_word

_RUN, _OWNER = "a-run-000001", "a" * 32
_NAMES = ("ring", "bar")
_IMPORTED = 0.03
"""Share that is brought into a store as well."""
_WRITTEN = ("NOTES", "REFLECTION", "TAGS")
"""What a script calls what somebody has written of its run."""
_ODD = (None, True, -1, 0, 0.5, 1e300, 2**70, float("nan"), "", "x", [], {}, [[]], "0001-01-01T00:00:00+14:00")


def feed_run(random: Random) -> None:
    """A run’s folder with a damaged file, as commands and a home read it."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / _RUN
        _write(folder, _one_damaged(run_folder(), random))
        if random.random() < _IMPORTED:
            _bring_in(folder)
        elif random.random() < 0.5:
            _read_whole(subject_of_path(folder, Path(place)))
        else:
            _read_files(RunFiles(Path(place), 0, 0))


def feed_drawings(random: Random) -> None:
    """A damaged file among somebody’s drawings: whatever is taken can be shown, added to, removed and learned from."""
    with tempfile.TemporaryDirectory() as place:
        _write(Path(place) / FOLDER, _one_damaged(_drawings(), random))
        catalogue = Catalogue(Path(place), mark_of(_OWNER))
        mine = MyDrawings(catalogue, _OWNER, lambda _name: random.random() < 0.5)
        entries = [entry for entry in (*catalogue.entries(), *mine.sets()) if not entry.is_built_in]
        random.choice((_load, _add, _remove, _go_on, _tidy))(mine, catalogue, random.choice(entries), random)


def _load(_mine: MyDrawings, catalogue: Catalogue, entry: DatasetEntry, _random: Random) -> None:
    assert catalogue.load(entry.name).first_images.class_names == entry.class_names


def _add(mine: MyDrawings, _catalogue: Catalogue, entry: DatasetEntry, random: Random) -> None:
    image = np.full((28, 28), random.randrange(1, 256), np.uint8)
    mine.add([image], [0], entry.class_names)
    assert (mine.images_of(entry.class_names).images == image).all(axis=(1, 2)).any()


def _remove(mine: MyDrawings, _catalogue: Catalogue, entry: DatasetEntry, random: Random) -> None:
    before = len(mine.images_of(entry.class_names))
    mine.remove(random.randrange(4), entry.class_names)
    assert len(mine.images_of(entry.class_names)) in (before - 1, before)


def _go_on(mine: MyDrawings, catalogue: Catalogue, entry: DatasetEntry, _random: Random) -> None:
    assert catalogue.folder is not None
    base = next(name for name in _drawings() if name.startswith("old-")).partition(".")[0]
    mine.beside(TrainConfig(dataset=base), entry.class_names, partial(load_splits, home=catalogue.folder.parent))


def _tidy(_mine: MyDrawings, catalogue: Catalogue, _entry: DatasetEntry, _random: Random) -> None:
    forget_left_behind(catalogue, lambda _name: False)


def feed_reflection(random: Random) -> None:
    """What somebody writes of a run: kept, read and exported as what it is, and as nothing else."""
    lines = [_line(random) for _ in range(random.randrange(1, 9))]
    text = tidy_text(random.choice(("\n", "\r\n", "\u2028", "\n\n")).join(lines))
    said = Reflection.of(text)
    assert Reflection.of(tidy_text(said.text)).text == said.text
    run = replace(_run(), reflection=text, notes=tidy_text(_line(random)), tags=tidy_tags((strange_word(random),)))
    subject = Subject(run, _model(), Path(tempfile.gettempdir()))
    found = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(script_bytes(subject)).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in _WRITTEN
    }
    assert found.get("REFLECTION", {}) == dict(said.answers)
    assert (found.get("NOTES", ""), found.get("TAGS", ())) == (run.notes, run.tags)
    json.loads(notebook_bytes(subject))


@cache
def run_folder() -> Mapping[str, bytes]:
    """The files of a run of one epoch, as ``train --out`` writes them."""
    with tempfile.TemporaryDirectory() as place:
        settings = Settings.from_environment({"DIGITLAB_HOME": f"{place}/home"})
        run, weights, none = _run(), dict(_model().weights), np.empty(0, np.float32)
        with closing(RunStore(settings)) as store:
            store.insert(run)
            random_state = np.zeros(16, np.uint8)
            moments = {f"first.{name}": array for name, array in weights.items()}
            checkpoint = Checkpoint(1, 2, weights, moments, random_state, none, 3, 0.5, np.array([0.7]))
            store.files.save_checkpoint(run, checkpoint)
            store.files.save_early(run, 0, weights)
            store.files.save_predictions(_RUN, np.full((4, 10), 0.1, np.float32), "digest")
            export_run(store, _RUN, Path(place) / "out")
        return {path.name: path.read_bytes() for path in (Path(place) / "out").iterdir()}


@cache
def _model() -> NumpyModel:
    return read_model_file(specimens.model())


@cache
def _run() -> Run:
    confusion, losses = np.eye(10, dtype=np.int64), np.array([1.5, 0.5], np.float32)
    return Run(
        _RUN,
        "a-run",
        _model().config.replace(epochs=1),
        RunStatus.COMPLETED,
        datetime(2026, 1, 2, tzinfo=UTC),
        environment=RunEnvironment("cpu", versions={"torch": "2"}, mean=0.1, std=0.3),
        epochs=(EpochMetrics(1, 2, 2, 1.0, 0.5, 0.7, 0.6, 0.5, 100.0, losses, confusion, (3,), (0.9,)),),
        early=(EarlySnapshot(0, 2, 2.3, 0.1, 10, (3,), (0.1,)),),
        epochs_done=1.0,
        val_accuracy=0.6,
    )


@cache
def _drawings() -> Mapping[str, bytes]:
    """The files of a home in which somebody has drawn, and learned from it beside old images."""
    images, labels = specimens.digits()
    with tempfile.TemporaryDirectory() as place:
        catalogue = Catalogue(Path(place))
        old = ImageDataset("old", images, labels % 2, _NAMES)
        config = TrainConfig(dataset=catalogue.add(SourceDataset(old), "Old", "").name)
        mine = MyDrawings(catalogue, _OWNER, lambda _name: True)
        mine.add(list(images[:3]), [0, 1, 1], _NAMES)
        mine.beside(config, _NAMES, partial(load_splits, home=Path(place)))
        return {path.name: path.read_bytes() for path in (Path(place) / FOLDER).iterdir()}


def _one_damaged(files: Mapping[str, bytes], random: Random) -> dict[str, bytes]:
    """The same files, of which one is damaged or missing."""
    name = random.choice(list(files))
    content = files[name]
    if random.random() < 0.05:
        return {other: data for other, data in files.items() if other != name}
    if name == RUN_FILE and random.random() < 0.8:
        content = json.dumps(_otherwise(json.loads(content), random)).encode()
    elif name != RUN_FILE and random.random() < 0.4:
        content = other_header(content, random)
    else:
        content = mutated(content, list(files.values()), random)
    return {**files, name: content}


def _otherwise(value: Any, random: Random) -> Any:
    """The same value with something else, or nothing, in one place."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        name = random.choice(list(value))
        rest = {other: part for other, part in value.items() if other != name}
        return rest if random.random() < 0.1 else rest | {name: _otherwise(value[name], random)}
    if isinstance(value, list) and value and random.random() < 0.9:
        place = random.randrange(len(value))
        return [*value[:place], _otherwise(value[place], random), *value[place + 1 :]]
    return random.choice((*_ODD, strange_word(random)))


def _line(random: Random) -> str:
    heading = random.choice(HEADINGS)
    known = (
        heading,
        f" {heading}",
        f"{heading} ",
        mutated_text(heading, random),
        "",
        "  ",
        '"""',
        "'''\\",
        "</script>",
    )
    return random.choice(known) if random.random() < 0.7 else strange_word(random)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _read_whole(subject: Subject) -> None:
    """What commands say of a folder."""
    assert subject.model.probabilities(specimens.digits()[0]).shape[0] == specimens.COUNT
    _look_at(subject.run)
    ast.parse(script_bytes(subject))


def _look_at(run: Run) -> None:
    """What every list of runs, and the curves, take from it."""
    assert run.title
    assert run.version
    assert training_command(run)
    positions = [one.position for one in (*run.epochs, *run.early)]
    assert all(position >= 0 for position in positions), positions
    assert (run.kept_epoch is None) == (not run.epochs)


def _read_files(files: RunFiles) -> None:
    probabilities = files.load_predictions(_RUN, "digest")
    assert probabilities is None or abs(probabilities.sum(axis=1) - 1).max(initial=0) < 1e-2
    paths = [path for _, path in (*files.epoch_paths(_RUN), *files.early_paths(_RUN))]
    for path in paths:
        read_model(path)
    files.load_model(_RUN)
    files.load_checkpoint(_RUN)


def _bring_in(folder: Path) -> None:
    with closing(RunStore(Settings.from_environment())) as store:
        run = import_run(store, folder)
        try:
            _look_at(store.get(run.run_id))
            store.runs()
        finally:
            store.delete(run.run_id)

"""The images that a program reads: whatever kind of run it is, it is tested on the very images of the run."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save

from core.config import TrainConfig
from core.data.catalogue import Catalogue, load_splits
from core.data.dataset import ImageDataset, SourceDataset
from core.data.drawn import mark_of
from core.data.my_drawings import ENOUGH, MyDrawings
from core.data.rehearsal import settings_to_rehearse
from core.errors import DataError
from core.exports import data_file
from core.exports.data_file import LOST, NOT_YOURS, place_for
from core.exports.formats import FORMATS, Files
from core.exports.promises import first_line
from core.exports.subject import Subject, subject_of_path, subject_of_run
from core.models.numpy_model import NumpyModel
from core.runs.archive import export_run
from core.runs.files import CHECKPOINT
from core.runs.model_file import import_model, write_model
from core.runs.store import RunStore
from core.settings import Settings
from core.training.local import train_here

Runs = tuple[RunStore, dict[str, str]]
ME, YOU = "a" * 32, "b" * 32
SMALL = {"hidden_size": 8, "epochs": 2, "learning_rate": 0.01, "training_size": 400, "validation_size": 100}
KINDS = {
    "torch": "few",
    "numpy": "few",
    "scikit-learn": "sklearn-digits",
    "test-part": "two-parts",
}
"""Runs by what is special about them, each with the dataset that it learns from."""
ALL_KINDS = [*KINDS, "imported", "reordered", "fine-tuned", "tuned-twice", "own-classes"]

ASKED = ("script", "notebook", "report")
"""Formats that compare the network with its images."""


@pytest.fixture(scope="module")
def runs(
    tmp_path_factory: pytest.TempPathFactory, mnist_train: ImageDataset, mnist_test: ImageDataset
) -> Iterator[Runs]:
    """A store with a run of each kind, and their ids."""
    settings = Settings.from_environment({"DIGITLAB_HOME": str(tmp_path_factory.mktemp("home"))})
    few, tested = mnist_train.subset(np.arange(600)), mnist_test.subset(np.arange(150))
    catalogue = Catalogue(settings.home)
    names = {
        "few": catalogue.add(SourceDataset(few), "Few", "").name,
        "two-parts": catalogue.add(SourceDataset(few, tested), "Two parts", "").name,
    }
    with closing(RunStore(settings)) as store:
        ids = {}
        for kind, dataset in KINDS.items():
            backend = {"backend": kind} if kind == "numpy" else {}
            ids[kind] = trained(store, TrainConfig(dataset=names.get(dataset, dataset), **SMALL | backend))
        ids["imported"] = import_model(store, write_model(store.model(ids["test-part"])), "Brought").run_id
        ids["reordered"] = import_model(store, write_model(reordered(store.model(ids["test-part"]))), "Other").run_id
        mine = MyDrawings(Catalogue(settings.home, mark_of(ME)), ME, store.listing.is_dataset_named)
        for kind, start in (("fine-tuned", "test-part"), ("tuned-twice", "fine-tuned")):
            mine.add([few.images[len(ids)]], [3], few.class_names)
            ids[kind] = tuned(store, mine, ids[start])
        classes = ("ring", "bar")
        mine.add(list(few.images[: 4 * ENOUGH]), [0, 1] * 2 * ENOUGH, classes)
        own = mine.entry_of(classes)
        assert own is not None
        ids["own-classes"] = trained(store, TrainConfig(dataset=own.name, hidden_size=4, epochs=1))
        yield store, ids


def trained(store: RunStore, config: TrainConfig) -> str:
    run_id = store.create(config).run_id
    for _ in train_here(store, config, run_id):
        pass
    return run_id


def tuned(store: RunStore, mine: MyDrawings, run_id: str) -> str:
    run = store.summary(run_id)
    entry, sizes = mine.beside(run.config, run.class_names, partial(load_splits, home=store.settings.home))
    return trained(store, settings_to_rehearse(run.config, run_id, entry.name, sizes))


def reordered(model: NumpyModel) -> NumpyModel:
    """The same network, its classes counted backwards."""
    last = f"layers.{len(model.config.hidden_widths)}."
    weights = {name: array[::-1] if name.startswith(last) else array for name, array in model.weights.items()}
    return replace(model, weights=weights, class_names=model.class_names[::-1])


def ran(subject: Subject, folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the script says in a folder with nothing but its export; run here, where PyTorch is loaded already."""
    files = FORMATS["script"].make(subject)
    assert files.needs == ()
    return run_script(subject, files, folder, folder, capsys)


def run_script(
    subject: Subject, files: Files, folder: Path, images: Path, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    for name, data in files.contents.items():
        (folder / name).write_bytes(data)
    names: dict[str, object] = {"__name__": "script", "__file__": str(folder / files.main)}
    exec(compile(files.contents[files.main], files.main, "exec"), names)
    names["main"](images, folder / subject.file_name, False)  # type: ignore[operator]
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_script_is_tested_on_the_images_of_its_run(
    kind: str, runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, ids = runs
    test = load_splits(store.summary(ids[kind]).config, store.settings.home).test
    # Of a model that came alone, it is known from here on.
    read = store.predictions(ids[kind], test).probabilities.argmax(axis=1)
    tested, run = ran(subject_of_run(store, ids[kind], mark_of(ME)), tmp_path, capsys)
    assert tested.startswith(f"{(read == test.labels).sum()} of {len(test)} test images are read correctly")
    assert run.endswith(", the same.")


def test_a_model_file_that_counts_its_classes_backwards_is_the_same_network(runs: Runs, tmp_path: Path) -> None:
    """Wherever it is read: in the store, in a file, in a folder with what was measured of it."""
    store, ids = runs
    home, model = store.settings.home, store.model(ids["test-part"])
    test = load_splits(model.config, home).test
    read = model.probabilities(test.images).argmax(axis=1)
    expected = (read == test.labels).mean()
    assert expected != (9 - read == test.labels).mean()
    folder = tmp_path / "run"
    export_run(store, ids["test-part"], folder)
    (folder / CHECKPOINT).write_bytes(write_model(reordered(model)))
    files = (subject_of_path(path, home) for path in (folder / CHECKPOINT, folder))
    subjects = [subject_of_run(store, ids["reordered"]), *files]
    for subject in subjects:
        predictions = subject.predictions()
        assert predictions is not None
        assert predictions.accuracy == expected
        assert subject.run.class_names == subject.model.class_names == test.class_names
    report = FORMATS["report"].make(subjects[0])
    assert b"Its test images are not here" not in report.contents[report.main]
    assert len(subjects[-1].run.epochs) == SMALL["epochs"]


def test_a_model_file_that_was_imported_before_its_dataset_says_what_to_do(runs: Runs, tmp_path: Path) -> None:
    """Neither its results nor a program can be had until it is imported again."""
    store, ids = runs
    settings = Settings.from_environment({"DIGITLAB_HOME": str(tmp_path)})
    with closing(RunStore(settings)) as other:
        model = store.model(ids["test-part"])
        run_id = import_model(other, write_model(reordered(model)), "Early").run_id
        shutil.copytree(store.settings.home / "datasets", tmp_path / "datasets")
        test = load_splits(model.config, tmp_path).test
        subject = subject_of_run(other, run_id)
        for ask in (lambda: other.predictions(run_id, test), *(partial(FORMATS[name].make, subject) for name in ASKED)):
            with pytest.raises(DataError, match="in a different order: export its model file and import that"):
                ask()
        files = FORMATS["safetensors"].make(subject)
        again = import_model(other, files.contents[files.main], "Again").run_id
        own = store.predictions(ids["test-part"], test)
        np.testing.assert_array_equal(other.predictions(again, test).probabilities, own.probabilities)


def test_a_notebook_has_the_same_files(runs: Runs) -> None:
    store, ids = runs
    subject = subject_of_run(store, ids["fine-tuned"], mark_of(ME))
    script, notebook = (FORMATS[name].make(subject).contents for name in ("script", "notebook"))
    assert {*notebook} - {*script} == {f"{subject.run.run_id}.ipynb"}
    images = f"{subject.run.run_id}-images.safetensors"
    assert notebook[images] == script[images]


def test_drawings_go_with_no_other_export_and_its_first_line_says_so(runs: Runs) -> None:
    store, ids = runs
    for kind in ("fine-tuned", "own-classes"):
        subject = subject_of_run(store, ids[kind], mark_of(YOU))
        files = FORMATS["script"].make(subject)
        assert (files.needs, files.place) == ((f"{ids[kind]}-images.safetensors",), NOT_YOURS)
        assert not {*files.needs} & {*files.contents}
        assert files.contents[files.main].decode().startswith(f"# Left out: {files.needs[0]}, {NOT_YOURS}; without it")


def test_a_large_file_is_read_where_it_is(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of drawings beside other images there is none that could be read instead."""
    store, ids = runs
    monkeypatch.setattr(data_file, "MOST_IMAGES", 10)
    assert place_for(subject_of_run(store, ids["fine-tuned"])) == ""
    subject = subject_of_run(store, ids["test-part"])
    files = FORMATS["script"].make(subject)
    assert (*files.contents, files.place) == (files.main, subject.file_name, "in the folder datasets of DIGITLAB_HOME")
    assert run_script(subject, files, tmp_path, store.settings.home / "datasets", capsys)[1].endswith(", the same.")


@pytest.mark.parametrize("gone", [True, False])
def test_images_that_are_gone_or_damaged_are_left_out(gone: bool, runs: Runs, tmp_path: Path) -> None:
    """Of drawings, those that they lay beside."""
    store, ids = runs
    home = tmp_path / "home"
    shutil.copytree(store.settings.home / "datasets", home / "datasets")
    subject = replace(subject_of_run(store, ids["fine-tuned"]), home=home)
    assert place_for(subject) == ""
    (path,) = (home / "datasets").glob("two-parts-*")
    if gone:
        path.unlink()
    else:
        # Its header can be read, but these are not images.
        path.write_bytes(save(load_file(path) | {"train.images": np.zeros(3, np.uint8)}, metadata_of(path)))
    subject = replace(subject)
    files = FORMATS["script"].make(subject)
    assert (files.place, place_for(subject)) == (LOST, LOST)
    assert first_line(subject).startswith(f"Left out: {files.needs[0]}, {LOST}; without it this can neither test")


def metadata_of(path: Path) -> dict[str, str]:
    with safe_open(path, framework="numpy") as file:
        return dict(file.metadata())

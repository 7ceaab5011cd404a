"""The catalogue: what comes with the product, what is imported, and nothing else."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from core.config import TrainConfig
from core.data import bundled
from core.data.catalogue import BUILT_IN, FOLDER, Catalogue, load_splits
from core.data.dataset import ImageDataset, SourceDataset
from core.data.drawn import mark_of
from core.data.framing import Framing
from core.data.importing.kaggle_csv import read_kaggle_csv
from core.data.importing.kaggle_writer import write_kaggle_csv
from core.data.importing.named_file import NamedFile
from core.data.splits import make_splits
from core.errors import DataError
from core.runs.archive import DEMO_DIRECTORY
from core.runs.files import CHECKPOINT
from core.runs.model_tensors import read_model
from tests.core.data.importing.builders import digits

ROOT = Path(__file__).parents[3]
NAMES = ("ant", "bee", "cat")


def animals(count: int = 30, seed: int = 0) -> SourceDataset:
    images, labels = digits(count, seed=seed, classes=3)
    return SourceDataset(ImageDataset("animals", images, labels, NAMES))


@pytest.fixture(scope="module")
def kaggle() -> SourceDataset:
    return Catalogue().load("kaggle-42000")


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "home")


# --- what comes with the product ---


@pytest.mark.parametrize("name", BUILT_IN)
def test_entries_tell_the_truth_without_loading(name: str, kaggle: SourceDataset) -> None:
    entry = Catalogue().entry(name)
    published = kaggle if name == "kaggle-42000" else Catalogue().load(name)
    assert (entry.name, entry.is_built_in) == (name, True)
    assert entry.images == len(published.train)
    assert entry.test_images == (0 if published.test is None else len(published.test))
    assert entry.class_names == published.train.class_names
    for array in (published.train.images, published.train.labels):
        assert not array.flags.writeable


def test_scikit_learns_digits_are_all_there_in_their_order() -> None:
    theirs, ours = load_digits(), Catalogue().load("sklearn-digits").train
    np.testing.assert_array_equal(ours.labels, theirs.target)
    brightest = ours.images.reshape(-1, 784).max(axis=1)
    assert brightest.min() == 255
    # Cut out and brought to 8×8, most images are nearest to the one of all 300 that they were made of.
    made, given = ours.images[:300], (theirs.images[:300] * 255 / 16).astype(np.uint8)
    small, originals = (np.array([shrunk(image).ravel() for image in images]) for images in (made, given))
    nearest = ((small[:, None] - originals[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == np.arange(300)).mean() > 0.8


def shrunk(image: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(image.max(axis=1) > 32), np.flatnonzero(image.max(axis=0) > 32)
    box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.asarray(Image.fromarray(box).resize((8, 8), Image.Resampling.BOX), dtype=np.float64)


def test_scikit_learns_digits_can_be_read_by_a_network_that_has_seen_mnist_only() -> None:
    """They are framed alike: left as they are, enlarged to 28×28, the same network gets about half of them."""
    digits_now = Catalogue().load("sklearn-digits").train
    model = read_model(DEMO_DIRECTORY / CHECKPOINT)
    accuracy = (model.probabilities(digits_now.images).argmax(1) == digits_now.labels).mean()
    assert accuracy > 0.8
    plain = (load_digits().images * (255 / 16)).astype(np.uint8)
    stretched = np.array([np.asarray(Image.fromarray(image).resize((28, 28))) for image in plain])
    assert accuracy > (model.probabilities(stretched).argmax(1) == digits_now.labels).mean() + 0.1


def test_without_scikit_learn_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bundled.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(DataError, match="install scikit-learn"):
        Catalogue().load("sklearn-digits")
    monkeypatch.undo()
    monkeypatch.setattr(bundled, "_SKLEARN_FILE", Path("no", "such.csv.gz"))
    with pytest.raises(DataError, match="install scikit-learn again"):
        Catalogue().load("sklearn-digits")


def test_kaggles_format_holds_the_first_42000_images(kaggle: SourceDataset, mnist_train: ImageDataset) -> None:
    assert kaggle.test is None
    assert kaggle.train.digest == mnist_train.subset(np.arange(42_000)).digest
    assert kaggle.train.name == "kaggle-42000"
    np.testing.assert_array_equal(kaggle.train.file_indices, np.arange(42_000))


def test_they_are_what_the_way_through_kaggles_csv_would_give(kaggle: SourceDataset, tmp_path: Path) -> None:
    few = kaggle.train.subset(np.arange(200))
    with (tmp_path / "train.csv").open("wb") as stream:
        write_kaggle_csv(few, stream)
    read = read_kaggle_csv(NamedFile("train.csv", tmp_path / "train.csv"))
    np.testing.assert_array_equal(read.images, few.images)
    np.testing.assert_array_equal(read.labels, few.labels)
    frame = pd.read_csv(tmp_path / "train.csv")
    assert list(frame.columns) == ["label", *(f"pixel{index}" for index in range(784))]


def test_loading_them_writes_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    assert len(Catalogue().load("kaggle-42000").train) == 42_000


@pytest.mark.slow
def test_nothing_heavy_is_imported_for_them() -> None:
    script = (
        "import sys; from core.data.catalogue import Catalogue\n"
        "for name in ('sklearn-digits', 'kaggle-42000'): Catalogue().load(name)\n"
        "print([name for name in ('torch', 'torchvision', 'sklearn', 'scipy', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_splits_of_data_sets_without_a_test_set_of_their_own(kaggle: SourceDataset) -> None:
    splits = load_splits(TrainConfig(dataset="sklearn-digits", training_size=500))
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (500, 287, 359)
    # As the series on Kaggle's CSV has it: 30,000 to train on.
    splits = make_splits(kaggle.train, kaggle.test, TrainConfig(training_size=30_000, test_size=7_000))
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (30_000, 5_000, 7_000)


def test_load_splits_takes_what_the_config_asks_for() -> None:
    splits = load_splits(TrainConfig(training_size=1000, split_seed=3))
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [1000, 5000, 10_000]


# --- what is imported ---


def test_an_imported_set_is_kept_listed_loaded_and_deleted(catalogue: Catalogue) -> None:
    published = animals()
    entry = catalogue.add(published, "My animals!", "Thirty of them.")
    assert entry.name == f"my-animals-{published.digest[:8]}"
    assert (entry.title, entry.images, entry.test_images) == ("My animals!", 30, 0)
    assert catalogue.entries()[len(BUILT_IN) :] == [entry]
    assert catalogue.entry(entry.name) == entry
    loaded = Catalogue(catalogue.folder.parent).load(entry.name)
    assert loaded.digest == published.digest
    assert loaded.train.class_names == NAMES
    splits = load_splits(TrainConfig(dataset=entry.name), catalogue.folder.parent)
    assert splits.train.class_names == splits.test.class_names == NAMES
    catalogue.delete(entry.name)
    assert [one.name for one in catalogue.entries()] == list(BUILT_IN)
    with pytest.raises(DataError, match="There is no dataset called"):
        catalogue.load(entry.name)


def test_the_same_images_are_kept_once_and_others_beside_them(catalogue: Catalogue) -> None:
    names = [catalogue.add(animals(seed=seed), "Animals", "").name for seed in (0, 0, 1)]
    assert names[0] == names[1] != names[2]
    assert len(catalogue.entries()) == len(BUILT_IN) + 2


def test_a_dataset_is_whose_who_imported_it_first(catalogue: Catalogue) -> None:
    home = catalogue.folder.parent
    mine, yours = (Catalogue(home, mark_of(who)) for who in ("me", "you"))
    entry = mine.add(animals(), "Animals", "As I found them.")
    assert entry.owner == mark_of("me")
    # Whoever has the same images finds them there, and changes nothing of them.
    assert yours.add(animals(), "ANIMALS", "", Framing.RESIZED) == entry == catalogue.entry(entry.name)
    assert mine.add(animals(), "Animals", "Again.").description == "Again."
    nobodys = catalogue.add(animals(seed=1), "Animals", "")
    assert yours.add(animals(seed=1), "Animals", "Mine?").owner == nobodys.owner == ""


def test_the_same_images_under_other_class_names_are_another_data_set(catalogue: Catalogue) -> None:
    images, labels = digits(30, classes=3)
    named = [NAMES, ("ant", "bee", "cow"), ("an", "tbee", "cat")]
    entries = [catalogue.add(SourceDataset(ImageDataset("a", images, labels, names)), "Animals", "") for names in named]
    assert len({entry.name for entry in entries}) == 3
    for names, entry in zip(named, entries, strict=True):
        assert catalogue.load(entry.name).train.class_names == names


def test_a_name_that_is_no_utf_8_is_kept_readable(catalogue: Catalogue) -> None:
    entry = catalogue.add(animals(), "bad \udcff name", "Read from CSV: \udcff.csv.")
    assert (entry.title, entry.description) == ("bad ? name", "Read from CSV: ?.csv.")


def test_what_cannot_be_asked_for_is_not_listed(catalogue: Catalogue) -> None:
    entry = catalogue.add(animals(), "Animals", "")
    content = (catalogue.folder / f"{entry.name}.safetensors").read_bytes()
    for name in ("My Copy", "a" * 65, "_x", os.fsdecode(b"\xff")):
        (catalogue.folder / f"{name}.safetensors").write_bytes(content)
    assert catalogue.entries()[len(BUILT_IN) :] == [entry]


def test_a_file_that_cannot_be_deleted_gives_a_sentence(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = catalogue.add(animals(), "Animals", "")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(DataError, match=rf"^The dataset {entry.name} cannot be deleted: Permission denied\.$"):
        catalogue.delete(entry.name)


@pytest.mark.parametrize("name", ["letters", "../secret", "", ".", "mnist/../x", "a" * 500, "x\0y"])
def test_a_name_never_becomes_a_path(catalogue: Catalogue, name: str) -> None:
    catalogue.add(animals(), "Animals", "")
    (catalogue.folder.parent / "secret.safetensors").write_bytes(b"x")
    actions: list[Callable[[str], object]] = [catalogue.entry, catalogue.load, catalogue.delete, Catalogue().load]
    for action in actions:
        with pytest.raises(DataError, match="There is no dataset called"):
            action(name)
    assert (catalogue.folder.parent / "secret.safetensors").exists()


def test_what_comes_with_the_product_stays(catalogue: Catalogue) -> None:
    for name in BUILT_IN:
        with pytest.raises(DataError, match="comes with Digit Lab and cannot be deleted"):
            catalogue.delete(name)
    with pytest.raises(DataError, match="no folder"):
        Catalogue().add(animals(), "Animals", "")


def test_damaged_files_are_left_out_of_the_list_and_named_when_asked_for(catalogue: Catalogue) -> None:
    entry = catalogue.add(animals(), "Animals", "")
    path = catalogue.folder / f"{entry.name}.safetensors"
    whole = path.read_bytes()
    for content in (b"", whole[:100], b"\x80\x04K\x01.", whole[:-50]):
        path.write_bytes(content)
        assert [one.name for one in catalogue.entries()] == list(BUILT_IN)
        with pytest.raises(DataError, match="is damaged: import it again"):
            catalogue.load(entry.name)


def test_an_unknown_data_set_gives_a_sentence() -> None:
    with pytest.raises(DataError, match=r"letters.*mnist"):
        load_splits(TrainConfig(dataset="letters"))
    assert FOLDER == "datasets"


def test_a_name_without_what_tells_it_apart_is_answered_with_the_whole_one(catalogue: Catalogue) -> None:
    names = [catalogue.add(animals(seed=seed), "Animals", "").name for seed in (0, 1)]
    with pytest.raises(DataError, match=f"Did you mean “{min(names)}” or “{max(names)}”\\?$"):
        catalogue.entry("animals")
    with pytest.raises(DataError, match=r"that you import\.$"):
        catalogue.entry("anima*")
    with pytest.raises(DataError, match=r"that you import\.$"):
        catalogue.entry("anima")

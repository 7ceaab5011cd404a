"""Drawings of one person: versions, what is removed, and that nobody else gets at them."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save

from core.config import TrainConfig
from core.corrections import Correction
from core.data import my_drawings
from core.data.catalogue import Catalogue, load_splits
from core.data.dataset import DIGIT_NAMES, ImageDataset, SourceDataset, Splits
from core.data.drawn import COMMAND_LINE, drawn_name, mark_of
from core.data.my_drawings import ENOUGH, MyDrawings, forget_left_behind
from core.data.purpose import Purpose
from core.data.rehearsal import Sizes, beside, settings_to_rehearse
from core.data.splits import make_splits
from core.errors import DataError
from core.labels.decisions import Decisions

ME, YOU = "a" * 32, "b" * 32


def drawing(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(1, 255, (28, 28), np.uint8)


def some_splits(count: int = 60, classes: int = 3) -> Splits:
    random = np.random.default_rng(1)
    images = random.integers(0, 255, (count, 28, 28), np.uint8)
    names = tuple("abcdefghij")[:classes]
    dataset = ImageDataset("old", images, np.arange(count, dtype=np.int64) % classes, names)
    return make_splits(dataset, None, TrainConfig())


@pytest.fixture
def named() -> set[str]:
    """The datasets that runs name."""
    return set()


@pytest.fixture
def mine(tmp_path: Path, named: set[str]) -> MyDrawings:
    return MyDrawings(Catalogue(tmp_path, mark_of(ME)), ME, named.__contains__)


def files(home: Path) -> set[str]:
    return {path.stem for path in (home / "datasets").glob("*.safetensors")}


def test_each_change_is_a_version_and_only_the_newest_is_left(mine: MyDrawings, tmp_path: Path) -> None:
    first = mine.add([drawing(1)], [7], DIGIT_NAMES)
    second = mine.add([drawing(2)], [3], DIGIT_NAMES)
    assert (first.number, second.number) == (1, 2)
    assert files(tmp_path) == {second.name}
    kept = mine.images_of(DIGIT_NAMES)
    assert kept.labels.tolist() == [7, 3]
    assert np.array_equal(kept.images, [drawing(1), drawing(2)])
    assert second.purpose is Purpose.TESTING
    mine.remove(0, DIGIT_NAMES)
    assert mine.images_of(DIGIT_NAMES).labels.tolist() == [3]
    mine.remove(0, DIGIT_NAMES)
    assert files(tmp_path) == set()
    assert mine.sets() == []


def test_what_was_decided_of_a_version_goes_with_it(mine: MyDrawings, tmp_path: Path) -> None:
    first = mine.add([drawing(1)], [7], DIGIT_NAMES)
    decisions = Decisions(tmp_path, first.name, ME)
    decisions.decide(mine.images_of(DIGIT_NAMES), Correction(0, 7, 1))
    second = mine.add([drawing(2)], [3], DIGIT_NAMES)
    assert not decisions.folder.exists()
    kept = Decisions(tmp_path, second.name, ME)
    kept.decide(mine.images_of(DIGIT_NAMES), Correction(1, 3, 5))
    mine.remove(0, DIGIT_NAMES)
    assert not kept.folder.exists()


def test_the_command_lines_drawings_are_everybodys(tmp_path: Path) -> None:
    everything = Catalogue(tmp_path)
    shared = MyDrawings(everything, COMMAND_LINE, lambda _name: False)
    entry = shared.add([drawing(1)], [7], DIGIT_NAMES)
    assert (entry.title, "Nobody else" in entry.description) == ("The command line’s drawings, version 1", False)
    visitor = Catalogue(tmp_path, mark_of(YOU))
    assert entry in visitor.entries()
    assert len(visitor.load(entry.name).first_images) == 1
    assert MyDrawings(visitor, YOU, lambda _name: False).sets() == []


def test_the_same_drawing_is_there_once_under_its_last_label(mine: MyDrawings) -> None:
    for image, label in ((1, 4), (2, 5), (1, 9)):
        mine.add([drawing(image)], [label], DIGIT_NAMES)
    kept = mine.images_of(DIGIT_NAMES)
    assert kept.labels.tolist() == [5, 9]
    assert np.array_equal(kept.images[1], drawing(1))


def test_a_version_that_a_run_names_stays_as_long_as_it_does(mine: MyDrawings, named: set[str], tmp_path: Path) -> None:
    mine.add([drawing(1)], [1], ("a", "b", "c"))
    learned, _ = mine.beside(TrainConfig(), ("a", "b", "c"), lambda _config: some_splits())
    named.add(learned.name)
    newest = mine.add([drawing(2)], [2], ("a", "b", "c"))
    assert files(tmp_path) == {learned.name, newest.name}
    named.clear()
    newest = mine.add([drawing(3)], [0], ("a", "b", "c"))
    assert files(tmp_path) == {newest.name}


def test_classes_have_sets_of_their_own(mine: MyDrawings, tmp_path: Path) -> None:
    digits = mine.add([drawing(1)], [1], DIGIT_NAMES)
    shapes = mine.add([drawing(2)], [1], ("ring", "bar"))
    assert files(tmp_path) == {digits.name, shapes.name}
    assert {entry.class_names for entry in mine.sets()} == {DIGIT_NAMES, ("ring", "bar")}


def test_five_of_every_class_can_be_learned_from(mine: MyDrawings) -> None:
    images, labels = [drawing(seed) for seed in range(2 * ENOUGH)], [0, 1] * ENOUGH
    few = mine.add(images[:-1], labels[:-1], ("ring", "bar"))
    enough = mine.add(images[-1:], labels[-1:], ("ring", "bar"))
    assert (few.purpose, enough.purpose) == (Purpose.TESTING, Purpose.TRAINING)
    assert (enough.images, enough.test_images) == (2 * ENOUGH, 0)


def test_nobody_else_sees_lists_loads_or_deletes_them(mine: MyDrawings, tmp_path: Path) -> None:
    entry = mine.add([drawing(1)], [1], DIGIT_NAMES)
    others = Catalogue(tmp_path, mark_of(YOU))
    assert entry.name not in [found.name for found in others.entries()]
    for ask in (others.entry, others.load, others.delete):
        with pytest.raises(DataError, match="Somebody else drew these images"):
            ask(entry.name)
    with pytest.raises(DataError) as refused:
        others.entry("drawn")
    assert entry.name not in str(refused.value)
    assert MyDrawings(others, YOU, lambda _name: False).sets() == []
    # Workers and whoever has the files find them.
    assert len(Catalogue(tmp_path).load(entry.name).first_images) == 1
    assert ME not in entry.name


def test_an_import_never_passes_for_a_drawing(mine: MyDrawings, tmp_path: Path) -> None:
    mine.add([drawing(1)], [1], DIGIT_NAMES)
    images = ImageDataset("x", np.stack([drawing(5)] * 4), np.array([0, 1, 0, 1]), ("a", "b"))
    mark = mark_of(ME)
    for title in (f"drawn {mark} 0123", f"drawn {mark} 0123456789ab", f"drawn-{mark}-"):
        entry = Catalogue(tmp_path).add(SourceDataset(images), title, "")
        assert Catalogue(tmp_path, mark_of(YOU)).entry(entry.name) == entry


@pytest.mark.parametrize(
    ("image", "label", "names", "words"),
    [
        (np.zeros((28, 28), np.uint8), 1, DIGIT_NAMES, "no ink"),
        (drawing(1), 10, DIGIT_NAMES, "Labels must be from 0 to 9"),
        (drawing(1), 0, ("a", "a"), "same name"),
        (np.ones((5, 5), np.uint8), 0, DIGIT_NAMES, "must be bytes of shape"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_changes_nothing(
    mine: MyDrawings, tmp_path: Path, image: NDArray[np.uint8], label: int, names: tuple[str, ...], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        mine.add([image], [label], names)
    assert files(tmp_path) == set()


def test_there_is_so_much_room_and_no_more(mine: MyDrawings, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, words in (("MOST_DRAWINGS", "hold at most 1"), ("MOST_SETS", "1 sets"), ("MOST_FILES", "no room")):
        with monkeypatch.context() as patch:
            mine.add([drawing(0)], [0], DIGIT_NAMES)
            patch.setattr(my_drawings, limit, 1)
            classes = DIGIT_NAMES if limit != "MOST_SETS" else ("ring", "bar")
            with pytest.raises(DataError, match=words):
                mine.add([drawing(1)], [1], classes)
    assert len(mine.images_of(DIGIT_NAMES)) == 1


def test_what_was_left_behind_goes_after_a_day_but_for_the_newest(
    mine: MyDrawings, named: set[str], tmp_path: Path
) -> None:
    mine.add([drawing(1)], [1], ("a", "b", "c"))
    learned, _ = mine.beside(TrainConfig(), ("a", "b", "c"), lambda _config: some_splits())
    everything = Catalogue(tmp_path)
    forget_left_behind(everything, named.__contains__)
    assert learned.name in files(tmp_path)
    long_ago = time.time() - 2 * my_drawings.FORGOTTEN_SECONDS
    for path in (tmp_path / "datasets").iterdir():
        os.utime(path, (long_ago, long_ago))
    forget_left_behind(everything, named.__contains__)
    assert len(files(tmp_path)) == 1
    assert len(mine.images_of(("a", "b", "c"))) == 1


def test_a_run_learns_every_drawing_beside_its_old_images_and_is_tested_on_its_own(
    mine: MyDrawings, tmp_path: Path
) -> None:
    old = ImageDataset(
        "old", np.stack([drawing(seed) for seed in range(100, 160)]), np.arange(60) % 3, ("ring", "bar", "swan")
    )
    base = Catalogue(tmp_path).add(SourceDataset(old), "Old", "")
    config = TrainConfig(dataset=base.name, patience=3, label_noise=0.2, corrections="1:1:2,2:2:x")
    mine.add([drawing(1), drawing(2)], [2, 0], old.class_names)
    entry, sizes = mine.beside(config, old.class_names, lambda data: load_splits(data, tmp_path))
    tuned = settings_to_rehearse(config, "brave-otter-1", entry.name, sizes)
    assert (tuned.start_from, tuned.patience, tuned.label_noise, tuned.corrections) == ("brave-otter-1", 0, 0, "")
    assert tuned.learning_rate == pytest.approx(config.learning_rate / 10)
    before, after = load_splits(config.data_only(), tmp_path), load_splits(tuned, tmp_path)
    assert after.test.digest == before.test.digest
    for image, label in ((drawing(1), 2), (drawing(2), 0)):
        found = (after.train.images == image).all(axis=(1, 2))
        assert found.sum() == sizes.repeats
        assert (after.train.labels[found] == label).all()
        assert not (after.validation.images == image).all(axis=(1, 2)).any()
    olds = {image.tobytes() for image in before.train.images}
    assert olds <= {image.tobytes() for image in after.train.images}
    validated = {image.tobytes() for image in after.validation.images}
    assert validated <= {image.tobytes() for image in before.validation.images}
    assert (entry.images, entry.test_images) == (len(after.train) + len(after.validation), len(after.test))
    # A run that went on with drawings goes on with the same old images.
    again, _ = mine.beside(tuned, old.class_names, lambda data: load_splits(data, tmp_path))
    assert again.beside == entry.beside
    assert again.name == entry.name


@pytest.mark.parametrize("drawings", [1, 2, 3, 50])
@pytest.mark.parametrize("images", [6, 30, 900])
def test_however_few_there_are_drawings_are_learned_and_never_validated(drawings: int, images: int) -> None:
    splits = some_splits(images)
    few = ImageDataset(
        "drawn", np.stack([drawing(seed) for seed in range(500, 500 + drawings)]), np.arange(drawings) % 3, tuple("abc")
    )
    sizes, published = Sizes.of(drawings, splits), beside(few, splits)
    config = settings_to_rehearse(TrainConfig(), "x", "drawn-x", sizes)
    found = make_splits(published.train, published.test, config)
    assert len(found.validation) == sizes.validated
    assert len(found.train) == sizes.old + drawings * sizes.repeats
    share = drawings * sizes.repeats / len(found.train)
    assert share >= 0.05


@pytest.mark.parametrize(
    ("tensors", "metadata"),
    [
        ({"train.labels": np.array(3)}, {}),
        ({"train.labels": np.array([0.0, 1.0])}, {}),
        ({"train.images": np.zeros((2, 5, 5), np.uint8)}, {}),
        ({}, {"number": "1" * 5_000}),
        ({}, {"beside": "{}", "counts": "[1e999, 0]"}),
        ({}, {"class_names": "3"}),
        ({}, {"purpose": "playing"}),
    ],
    ids=str,
)
def test_a_damaged_file_is_named_and_the_others_go_on(
    mine: MyDrawings, tmp_path: Path, tensors: dict[str, Any], metadata: dict[str, str]
) -> None:
    sound = mine.add([drawing(1), drawing(2)], [0, 1], ("ring", "bar"))
    damaged = drawn_name(mark_of(ME), "another")
    said = {"title": "x", "description": "", "class_names": '["a", "b"]', "framing": "mnist", "number": "1"} | metadata
    arrays = {"train.images": np.zeros((2, 28, 28), np.uint8), "train.labels": np.arange(2)} | tensors
    (tmp_path / "datasets" / f"{damaged}.safetensors").write_bytes(save(arrays, said))
    with pytest.raises(DataError, match=r"is damaged|must be bytes of shape"):
        Catalogue(tmp_path, mark_of(ME)).load(damaged)
    assert mine.entry_of(("ring", "bar")) == sound
    assert len(mine.images_of(("ring", "bar"))) == 2


def test_drawings_beside_a_dataset_that_is_gone_say_so(mine: MyDrawings, tmp_path: Path) -> None:
    old = ImageDataset("old", np.stack([drawing(seed) for seed in range(60)]), np.arange(60) % 3, ("a", "b", "c"))
    catalogue = Catalogue(tmp_path)
    base = catalogue.add(SourceDataset(old), "Old", "")
    mine.add([drawing(1)], [2], old.class_names)
    entry, _ = mine.beside(TrainConfig(dataset=base.name), old.class_names, lambda data: load_splits(data, tmp_path))
    catalogue.delete(base.name)
    with pytest.raises(DataError, match="There is no dataset called"):
        catalogue.load(entry.name)

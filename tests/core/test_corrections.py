"""Corrections: their text, and what they make of training images."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.config import TrainConfig
from core.corrections import MOST_CORRECTIONS, Correction, corrections_text, corrections_words, read_corrections
from core.data.corrected import check_corrections, with_corrections
from core.data.dataset import ImageDataset
from core.data.decided import forget_decisions
from core.data.splits import make_splits
from core.errors import ConfigError, DataError
from core.labels.decisions import MOST_FILES, Decisions, effective

LABELS = np.arange(60, dtype=np.int64) % 3
IMAGES = np.random.default_rng(0).integers(0, 256, (60, 28, 28), dtype=np.uint8)
PUBLISHED = ImageDataset("some", IMAGES, LABELS, ("a", "b", "c"))
MANY = ",".join(f"{index}:1:2" for index in range(MOST_CORRECTIONS + 1))
SMALL = TrainConfig(validation_size=10, test_size=10)


def test_a_text_is_read_sorted_and_written_again() -> None:
    assert read_corrections(" 45:9:x , 12:5:3,") == (Correction(12, 5, 3), Correction(45, 9, None))
    assert TrainConfig(corrections="45:9:x,012:5:3").corrections == "12:5:3,45:9:x"
    assert TrainConfig(corrections="").corrections == corrections_text(read_corrections("  ")) == ""
    assert corrections_words("12:5:3,13:5:5,45:9:x,46:9:x") == "1 relabelled, 1 confirmed, 2 left out"


@pytest.mark.parametrize(
    "text",
    [
        "12",
        "12:5",
        "12:5:y",
        "-1:5:3",
        "1:2:3,1:2:4",
        "1:2:3;2:3:4",
        ",",
        "1:2:3,,2:3:4",
        "٣:2:1",
        "12345678:1:2",
        MANY,
    ],
)
def test_what_is_no_correction_gets_a_sentence(text: str) -> None:
    with pytest.raises(ConfigError, match="Corrected labels must be up to 500 corrections such as 12:5:3 or 45:9:x"):
        TrainConfig.from_mapping({"corrections": text})


def test_training_images_alone_are_corrected() -> None:
    plain = make_splits(PUBLISHED, None, SMALL)
    moved, dropped = (int(index) for index in plain.train.file_indices[[3, 7]])
    elsewhere = int(plain.validation.file_indices[0]), int(plain.test.file_indices[0])
    text = corrections_text(
        [
            Correction(moved, int(LABELS[moved]), (int(LABELS[moved]) + 1) % 3),
            Correction(dropped, int(LABELS[dropped]), None),
        ]
        + [Correction(index, int(LABELS[index]), (int(LABELS[index]) + 1) % 3) for index in elsewhere]
    )
    corrected = make_splits(PUBLISHED, None, SMALL.replace(corrections=text))
    assert corrected.validation.digest == plain.validation.digest
    assert corrected.test.digest == plain.test.digest
    expected = {int(index): int(LABELS[index]) for index in plain.train.file_indices if index != dropped}
    expected[moved] = (int(LABELS[moved]) + 1) % 3
    train = corrected.train
    assert dict(zip(train.file_indices.tolist(), train.labels.tolist(), strict=True)) == expected
    assert np.array_equal(train.images, IMAGES[train.file_indices])
    assert PUBLISHED.labels[moved] == moved % 3


def test_a_corrected_label_is_free_of_noise_and_the_noise_of_others_stays() -> None:
    noisy = make_splits(PUBLISHED, None, SMALL.replace(label_noise=1.0)).train
    index = int(noisy.file_indices[5])
    config = SMALL.replace(label_noise=1.0, corrections=f"{index}:{index % 3}:{index % 3}")
    confirmed = make_splits(PUBLISHED, None, config).train
    assert np.flatnonzero(confirmed.labels != noisy.labels).tolist() == [5]
    assert confirmed.labels[5] == index % 3


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("60:0:1", "there is no image 60"),
        ("4:2:0", "image 4 is class 1, not 2"),
        ("4:1:3", "there is no class 3"),
    ],
)
def test_corrections_of_another_dataset_are_refused(text: str, what: str) -> None:
    with pytest.raises(DataError) as caught:
        make_splits(PUBLISHED, None, SMALL.replace(corrections=text))
    assert (
        str(caught.value) == f"The corrected labels belong to another dataset: {what}. "
        "Leave them out, or make new ones."
    )


def test_no_image_left_gets_a_sentence() -> None:
    check_corrections(PUBLISHED, "")
    everything = corrections_text(Correction(index, index % 3, None) for index in range(60))
    with pytest.raises(DataError, match="leave no image"):
        with_corrections(PUBLISHED, everything)


def test_decisions_are_kept_by_owner_and_taken_back(tmp_path: Path) -> None:
    mine, theirs = (Decisions(tmp_path, "some", owner) for owner in ("me", "you"))
    mine.decide(PUBLISHED, Correction(4, 1, 2))
    mine.decide(PUBLISHED, Correction(5, 2, 2))
    mine.decide(PUBLISHED, Correction(4, 1, None))
    assert mine.read(PUBLISHED) == {4: Correction(4, 1, None), 5: Correction(5, 2, 2)}
    assert effective(mine.read(PUBLISHED)) == "4:1:x"
    assert theirs.read(PUBLISHED) == {}
    mine.take_back(PUBLISHED, 4)
    mine.take_back(PUBLISHED, 40)
    assert list(mine.read(PUBLISHED)) == [5]
    with pytest.raises(DataError, match="to another dataset"):
        mine.decide(PUBLISHED, Correction(4, 2, 0))
    forget_decisions(tmp_path, "some")
    assert mine.read(PUBLISHED) == {}
    assert not mine.folder.exists()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"decisions": 3}', '{"decisions": "4:2:0"}', '{"decisions": "9999:1:0"}', "[" * 90_000]
)
def test_a_damaged_file_of_decisions_is_none(tmp_path: Path, content: str) -> None:
    mine = Decisions(tmp_path, "some", "me")
    mine.folder.mkdir(parents=True)
    mine.path.write_text(content)
    assert mine.read(PUBLISHED) == {}
    mine.decide(PUBLISHED, Correction(4, 1, 2))
    assert json.loads(mine.path.read_text()) == {"decisions": "4:1:2"}


def test_decisions_and_their_files_are_bounded(tmp_path: Path) -> None:
    many = ImageDataset(
        "many", np.zeros((MOST_CORRECTIONS + 1, 28, 28), np.uint8), np.zeros(MOST_CORRECTIONS + 1, np.int64)
    )
    mine = Decisions(tmp_path, "many", "me")
    mine.folder.mkdir(parents=True)
    text = ",".join(f"{index}:0:1" for index in range(MOST_CORRECTIONS))
    mine.path.write_text(json.dumps({"decisions": text}))
    with pytest.raises(DataError, match="500 labels have been checked"):
        mine.decide(many, Correction(MOST_CORRECTIONS, 0, 1))
    for number in range(MOST_FILES + 3):
        (mine.folder / f"{number}.json").touch()
    mine.decide(many, Correction(0, 0, 2))
    assert len(list(mine.folder.glob("*.json"))) == MOST_FILES
    assert mine.read(many)[0] == Correction(0, 0, 2)

"""``labels``: a line per candidate."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.corrected import check_corrections

TINY = ("--dataset", "sklearn-digits", "--training-size", "300", "--validation-size", "50", "--test-size", "50")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "home"))


def test_a_line_per_candidate_with_the_correction_that_train_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["labels", *TINY, "--label-noise", "0.02", "--most", "8"]) == 0
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.out.splitlines()]
    suspects = [line for line in lines if line["kind"] == "label"]
    assert 0 < len(suspects) <= 8
    own = [line["label_probability"] for line in suspects]
    assert own == sorted(own)
    assert "labels that were changed at random are among the first 8." in said.err.splitlines()[-1]
    config = TrainConfig(dataset="sklearn-digits", training_size=300, validation_size=50, test_size=50)
    corrections = ",".join(line["correction"] for line in suspects)
    train = load_splits(config.replace(corrections=corrections)).train
    learned = dict(zip(train.file_indices.tolist(), train.labels.tolist(), strict=True))
    assert all(learned[line["index"]] == line["suggested"] for line in suspects)
    check_corrections(load_splits(config).train, corrections)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--most", "0"], "--most must be a whole number from 1 to 500, not “0”."),
        (["--dataset", "../x"], "Dataset must be a name"),
        (["--dataset", "atlantis"], "There is no dataset called “atlantis”"),
        ([*TINY[:2], "--training-size", "20"], "20 training images are too few; at least 50 are needed."),
    ],
)
def test_what_cannot_be_examined_gets_a_sentence(
    flags: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["labels", *flags]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err

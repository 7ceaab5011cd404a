"""``correct``: pictures are kept under their true label, and a run is fine-tuned on them."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.config import TrainConfig
from core.data.catalogue import Catalogue, load_splits
from core.data.dataset import ImageDataset
from core.data.drawn import mark_of
from core.drawings.pictures import read_picture
from core.drawings.preprocessing import drawing_to_digit
from core.runs.store import RunStore
from core.settings import Settings
from core.training.local import train_here

Say = Callable[..., tuple[int, list[dict[str, Any]], str]]
SMALL = TrainConfig(hidden_size=8, epochs=1, training_size=300, validation_size=60, dataset="sklearn-digits")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "home"))
    with closing(RunStore(Settings.from_environment())) as opened:
        yield opened


@pytest.fixture
def say(store: RunStore, capsys: pytest.CaptureFixture[str]) -> Say:
    def call(*arguments: str | Path) -> tuple[int, list[dict[str, Any]], str]:
        code = main(["correct", *map(str, arguments)])
        said = capsys.readouterr()
        return code, [json.loads(line) for line in said.out.splitlines()], said.err

    return call


@pytest.fixture
def pictures(tmp_path: Path, mnist_test: ImageDataset) -> list[Path]:
    """The first three test digits in dark ink, and an empty sheet."""
    sheets = [255 - np.pad(image, 20).repeat(4, 0).repeat(4, 1) for image in mnist_test.images[:3]]
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    for path, sheet in zip(paths, [*sheets, np.full((90, 90), 255, np.uint8)], strict=True):
        Image.fromarray(sheet).save(path)
    return paths


def test_pictures_are_kept_counted_and_taken_out(say: Say, store: RunStore, pictures: list[Path]) -> None:
    code, lines, told = say("--label", "9", *pictures[:2], pictures[3])
    assert code == 2
    assert f"{pictures[3]} is left out: there is nothing to read in it." in told
    assert [(line["path"], line["label"], line["corrected"]) for line in lines[:2]] == [
        (str(pictures[0]), 7, 9),
        (str(pictures[1]), 2, 9),
    ]
    assert {"dataset", "version"} <= lines[2].keys()
    assert (lines[2]["labels"], lines[2]["read"]) == ([9, 9], [7, 2])
    kept = Catalogue(store.settings.home).load(lines[2]["dataset"]).first_images
    for image, path in zip(kept.images, pictures[:2], strict=True):
        assert np.array_equal(image, drawing_to_digit(read_picture(path.read_bytes())).digit)
    # Nobody owns what the command line has made: any browser is shown it.
    assert Catalogue(store.settings.home, mark_of("a" * 32)).entry(lines[2]["dataset"])
    code, (line,), _ = say("--remove", "1")
    assert (code, line["version"], line["labels"], line["read"]) == (0, 2, [9], [2])
    say("--remove", "1")
    code, (line,), _ = say()
    assert (code, line) == (0, {"dataset": None, "version": 0, "labels": [], "read": []})


def test_a_run_is_fine_tuned_and_what_that_changed_is_said(say: Say, store: RunStore, pictures: list[Path]) -> None:
    run_id = store.create(SMALL).run_id
    for _ in train_here(store, SMALL, run_id):
        pass
    image = drawing_to_digit(read_picture(pictures[0].read_bytes())).digit
    read, other = store.model(run_id).probabilities(image[None])[0].argsort()[::-1][:2].tolist()
    code, lines, _ = say("--run", run_id, "--label", str(other), pictures[0], "--fine-tune")
    assert code == 0
    picture, kept, *epochs, last = lines
    assert (picture["corrected"], kept["read"]) == (other, [read])
    assert [line["epoch"] for line in epochs] == [1, 2, 3]
    tuned = store.get(last["run_id"])
    assert tuned.config.start_from == run_id
    before, after = store.model(run_id), store.model(tuned.run_id)
    test = load_splits(SMALL).test
    for model, said in ((before, "test_accuracy_before"), (after, "test_accuracy")):
        assert last[said] == pytest.approx((model.probabilities(test.images).argmax(1) == test.labels).mean())
    now = after.probabilities(image[None])[0].argmax()
    assert (last["drawings"], last["drawings_correct_before"], last["drawings_correct"]) == (1, 0, int(now == other))
    assert tuned.test_looks == 1


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--label", "ten", "0.png"], "There is no class “ten”; there are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9."),
        (["--label", "10", "0.png"], "There is no class “10”"),
        (["--label", "3"], "--label needs pictures"),
        (["0.png"], "Pictures need --label CLASS"),
        (["--remove", "0"], "--remove must be a whole number of at least 1, not “0”."),
        (["--remove", "1"], "This drawing no longer exists."),
        (["--fine-tune", "--threads", "many"], "Threads must be auto or a whole number of at least 1, not “many”."),
        (["--fine-tune", "--run", "demo"], "There are no drawings to learn from yet: correct one first."),
        (["--fine-tune", "--run", "."], "Only a run of the store can be fine-tuned"),
        (["--run", "gone"], "There is no run “gone”"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_gets_a_sentence(say: Say, flags: list[str], sentence: str) -> None:
    code, _, told = say(*flags)
    assert code == 2
    assert sentence in told
    assert "Traceback" not in told

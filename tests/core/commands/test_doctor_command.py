"""``python -m core doctor``: a line per diagnosis, and one sentence where there is none."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.config import TrainConfig
from core.runs.archive import DEMO_DIRECTORY
from core.runs.store import RunStore
from core.settings import Settings
from core.training.local import train_here

CALM = "Nothing is wrong: its numbers, its units and its images look as they should.\n"
SICK = TrainConfig(
    hidden_size=16, epochs=2, training_size=1_000, validation_size=500, batch_size=1_000, backend="numpy"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.slow
def test_the_demo_run_is_well(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--run", str(DEMO_DIRECTORY)]) == 0
    assert tuple(capsys.readouterr()) == ("", CALM)


@pytest.mark.slow
def test_a_line_for_each_diagnosis(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = RunStore(Settings.from_environment())
    run = store.create(SICK)
    assert main(["doctor", "--run", run.run_id]) == 2
    output, sentence = capsys.readouterr()
    assert (output, sentence) == ("", f"Run {run.name} is queued: the doctor examines it once it has ended.\n")
    for _ in train_here(store, SICK, run.run_id):
        pass
    assert main(["doctor", "--run", run.run_id]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(list(line) == ["diagnosis", "saw", "why", "change", "instead"] for line in lines)
    (batch,) = [line for line in lines if line["diagnosis"] == "batch_too_large"]
    assert batch["change"] == {"batch_size": 64}
    assert "1 step per epoch, 2 in all" in batch["saw"]
    (store.files.folder(run.run_id) / "checkpoint.safetensors").write_bytes(b"damaged")
    assert main(["doctor", "--run", run.run_id]) == 0
    output, remark = capsys.readouterr()
    assert "batch_too_large" in output
    assert remark == "There are no weights to examine.\n"
    store.close()


def test_a_damaged_folder_gets_a_sentence(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = json.loads((DEMO_DIRECTORY / "run.json").read_text(encoding="utf-8"))
    for change, sentence in (
        ({"confusion": [[1, 2], [3, 4]]}, "do not match its 10 classes: the run is damaged.\n"),
        ({"batch_losses": 3}, "it is damaged.\n"),
        ({"confusion": [[10**30]]}, "it is damaged.\n"),
    ):
        plain["epochs"][0] |= change
        (tmp_path / "run.json").write_text(json.dumps(plain), encoding="utf-8")
        assert main(["doctor", "--run", str(tmp_path)]) == 2
        output, told = capsys.readouterr()
        assert (output, told.count("\n")) == ("", 1)
        assert told.endswith(sentence)


@pytest.mark.parametrize("run", ["no-such-run", "x" * 5_000, ""], ids=("unknown", "long", "empty"))
def test_what_is_no_run_is_named(home: Path, capsys: pytest.CaptureFixture[str], run: str) -> None:
    assert main(["doctor", "--run", run]) == 2
    output, errors = capsys.readouterr()
    assert (output, errors.count("\n")) == ("", 1)

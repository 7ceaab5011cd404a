"""``robustness``: a line per corruption, or per strength, ε or combination."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from core.__main__ import main
from core.corruptions.attacks import ATTACKS, EPSILONS
from core.corruptions.changes import CHANGES
from core.corruptions.mnist_c import CORRUPTIONS
from core.runs.store import RunStore
from core.settings import Settings

TINY = ("--dataset", "sklearn-digits", "--training-size", "200", "--validation-size", "20", "--test-size", "30")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "home"))
    assert main(["train", *TINY, "--epochs", "1", "--hidden-size", "8"]) == 0
    return str(json.loads(capsys.readouterr().out.splitlines()[-1])["run_id"])


@pytest.mark.slow
def test_a_line_per_corruption_and_a_look_at_the_test_set(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["robustness", "--run", run]) == 0
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [list(line) for line in lines] == [["corruption", "severity", "accuracy"]] * 15
    assert {line["corruption"]: line["severity"] for line in lines} == {
        name: corruption.published for name, corruption in CORRUPTIONS.items()
    }
    counts = [line["accuracy"] * 30 for line in lines]
    assert counts == pytest.approx([round(count) for count in counts], abs=1e-9)
    mean = sum(line["accuracy"] for line in lines) / 15
    assert said.err.splitlines()[0].startswith("30 test images, ")
    assert said.err.splitlines()[1] == f"{mean:.2%} on average, at the severities of MNIST-C."

    assert main(["robustness", "--run", run, "--all-severities"]) == 0
    every = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["severity"] for line in every] == [*range(1, 6)] * 9 + [1] + [*range(1, 6)] * 2 + [1] * 3
    assert [line for line in every if line in lines] == lines

    with closing(RunStore(Settings.from_environment())) as store:
        assert store.get(run).test_looks == 2


def test_what_the_page_has_is_measured_when_asked_for(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ("--changes", "--attacks", "--together", "noise:0.2,rotation:10", "--together", "rotation:10")
    assert main(["robustness", "--run", run, *flags]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    changes = {(line["change"], line["strength"]): line["accuracy"] for line in lines if "change" in line}
    assert list(changes) == [(name, strength) for name, change in CHANGES.items() for strength in change.strengths]
    attacks = {(line["attack"], line["epsilon"]): line["accuracy"] for line in lines if "attack" in line}
    assert list(attacks) == [(name, epsilon) for name in ATTACKS for epsilon in EPSILONS]
    assert attacks["fgsm", 0] == changes["shift", 0]
    both, alone = lines[-2:]
    # In the order in which they are made, whatever the order of the flag.
    assert list(both["together"].items()) == [("rotation", 10), ("noise", 0.2)]
    assert alone == {"together": {"rotation": 10}, "accuracy": changes["rotation", 10]}
    assert len(lines) == len(changes) + len(attacks) + 2


@pytest.mark.parametrize("text", ["melting:3", "rotation", "rotation:100", "noise:0.1,noise:0.2"])
def test_changes_that_cannot_be_are_named_before_anything_is_read(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["robustness", "--run", "no-such-run", "--together", text]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert text.split(":")[0].lower() in sentence.lower()


@pytest.mark.parametrize("name", ["no-such-run", "", "../etc"])
def test_a_run_that_is_not_there_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "home"))
    assert main(["robustness", "--run", name]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (sentence,) = said.err.splitlines()
    assert "run" in sentence

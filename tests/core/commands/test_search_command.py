"""``search``: its lines, its sentences, and what Control-C leaves; real workers train in the last test only."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.__main__ import main
from core.config import TrainConfig
from core.data.mnist import load_mnist
from core.engine import engine
from core.runs.status import RunOrigin
from core.runs.store import RunStore
from core.search.records import SearchStatus
from core.search.searches import Book
from core.settings import Settings
from scripts.serve import wait_until
from tests.core.search.fakes import FakeTrainer
from tests.machine import on_a_known_machine

ROOT = Path(__file__).parents[3]
SMALL = ("--epochs", "3", "--training-size", "100")
Call = Callable[..., tuple[int, list[dict], list[str]]]


@pytest.fixture(autouse=True)
def heard_control_c() -> Iterator[None]:
    """Tests in the background of a shell ignore Control-C, and so would their children."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, usual)


@pytest.fixture
def call(settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """``call("--trials", "3")``: exit code, lines and sentences; the trainer pretends.

    With ``press=4`` somebody presses Control-C when the fifth run is begun.
    """
    monkeypatch.setenv("DIGITLAB_HOME", str(settings.home))

    def call_it(*arguments: str, press: int | None = None) -> tuple[int, list[dict], list[str]]:
        class Pretending(FakeTrainer):
            def submit(self, *config, **options):
                if len(self.submitted) == press:
                    os.kill(os.getpid(), signal.SIGINT)
                return super().submit(*config, **options)

        def pretend(_settings: Settings, store: RunStore) -> FakeTrainer:
            trainer = Pretending(store)
            monkeypatch.setattr("core.search.search.time.sleep", trainer.sleep)
            return trainer

        monkeypatch.setattr(engine, "Engine", pretend)
        code = main(["search", *arguments])
        output, errors = capfd.readouterr()
        return code, [json.loads(line) for line in output.splitlines()], errors.splitlines()

    return call_it


@pytest.mark.slow
def test_a_line_for_each_trial_and_one_for_the_best(call: Call, settings: Settings) -> None:
    code, lines, errors = call("--trials", "4", "--vary", "dropout=0:0.5", "--no-pruning", "--name", "mine", *SMALL)
    assert code == 0
    assert errors == ["Search mine: tpe, --vary dropout=0:0.5."]
    *trials, last = lines
    assert [list(line) for line in trials] == [["trial", "state", "val_accuracy", "config"]] * 4
    assert {line["state"] for line in trials} == {"completed"}
    configs = [TrainConfig.from_mapping(line["config"]) for line in trials]
    assert len({config.dropout for config in configs}) == 4
    assert {config.replace(dropout=0) for config in configs} == {TrainConfig(epochs=3, training_size=100)}
    assert list(last) == ["best_run_id", "val_accuracy", "trials"]
    assert (last["val_accuracy"], last["trials"]) == (max(line["val_accuracy"] for line in trials), 4)
    store = RunStore(settings)
    best = store.get(last["best_run_id"])
    assert (best.origin, best.study, best.val_accuracy) == (RunOrigin.SEARCH, "mine", last["val_accuracy"])
    store.close()


@pytest.mark.slow
def test_control_c_keeps_the_search_which_goes_on(call: Call, settings: Settings) -> None:
    code, lines, errors = call("--trials", "9", "--name", "mine", "--no-pruning", *SMALL, press=4)
    assert code == 130
    assert errors[1:] == [
        "Continue with: python -m core search --resume mine",
        "Interrupted; what had been finished is kept.",
    ]
    assert {line["state"] for line in lines} == {"completed", "stopped"}
    done = sum(line["state"] == "completed" for line in lines)
    code, lines, _ = call("--resume", "mine")
    assert (code, len(lines), lines[-1]["trials"]) == (0, 9 - done + 1, 9)
    code, lines, errors = call("--resume", "mine")
    assert (code, lines) == (2, [])
    assert errors == ["The budget of search “mine” is spent: give it more minutes or trials to continue."]
    code, lines, _ = call("--resume", "mine", "--trials", "10")
    assert (code, len(lines), lines[-1]["trials"]) == (0, 2, 10)


@pytest.mark.slow
def test_what_cannot_be_trained_is_counted_and_costs_nothing(call: Call) -> None:
    numpy_too = ("--vary", "backend=torch,numpy", "--no-pruning", *SMALL)
    decays = ("--vary", "weight_decay=0.0001:0.1:log")
    code, lines, errors = call("--trials", "6", "--sampler", "random", *numpy_too, *decays)
    assert (code, len(lines), lines[-1]["trials"]) == (0, 7, 6)
    assert {line["config"]["backend"] for line in lines[:-1]} == {"torch"}
    assert "cannot be trained and are skipped. The NumPy backend has no weight decay" in errors[1]
    grid = ("--sampler", "grid", "--name", "mine", *numpy_too, "--vary", "optimizer=adam,adamw")
    code, lines, errors = call("--trials", "9", *grid)
    assert (code, len(lines), lines[-1]["trials"]) == (0, 4, 3)
    assert errors[1].startswith("1 combination cannot be trained and is skipped. The NumPy backend has SGD")
    code, lines, errors = call("--resume", "mine", "--trials", "20")
    assert (code, lines) == (2, [])
    assert errors == ["Search “mine” has tried all 3 combinations of its grid: begin a new one to try other values."]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "A search needs a budget: give either --minutes or --trials."),
        (("--trials", "x"), "Trials must be a whole number, not “x”."),
        (("--minutes", "nan"), "Minutes must be a number, not “nan”."),
        (("--trials", "3", "--vary", "dropout"), "“dropout” does not say what to vary: write NAME=LOW:HIGH, "),
        (("--trials", "3", "--sampler", "best"), "There is no sampler “best”; there are tpe, random, grid."),
        (
            ("--trials", "3", "--vary", "backend=numpy", "--vary", "mixup=0.1:1"),
            "No combination of the values to try can be trained, for a reason such as this: The NumPy backend has no ",
        ),
        (("--trials", "3", "--dataset", "nothing"), "There is no dataset called “nothing” here"),
        (("--trials", "3", "--start-from", "nothing"), "There is no run “nothing”"),
        (("--trials", "3", "--name", "A B"), "A search’s name consists of lower-case letters, digits and hyphens"),
        (("--resume", "nothing"), "There is no search “nothing”: it may have been deleted."),
        (("--resume", "x", "--epochs", "3"), "A search continues with its own settings: leave out --epochs."),
        (("--resume", "x", "--vary", "dropout=0.1"), "A search continues with its own settings: leave out --vary."),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(call: Call, arguments: tuple[str, ...], sentence: str) -> None:
    code, lines, errors = call(*arguments)
    assert (code, lines) == (2, [])
    (error,) = errors
    assert error.startswith(sentence)


@pytest.mark.slow
def test_real_workers_never_see_the_test_images_and_leave_with_control_c(
    settings: Settings, environment_for_subprocesses: dict[str, str]
) -> None:
    vary = ("--vary", "learning_rate=0.001:0.01:log", "--hidden-size", "8", "--training-size", "500")
    home = on_a_known_machine(settings.home)
    process = subprocess.Popen(
        [sys.executable, "-m", "core", "search", "--trials", "500", "--name", "mine", *vary, "--epochs", "2"],
        cwd=ROOT,
        env=environment_for_subprocesses | {"DIGITLAB_HOME": str(home), "DIGITLAB_WORKERS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    store = RunStore(settings)
    wait_until(lambda: any(run.val_accuracy for run in store.runs()), "a trial has an epoch", 120)
    # As a terminal does: to every process of the group.
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.splitlines()[1:] == [
        "Continue with: python -m core search --resume mine",
        "Interrupted; what had been finished is kept.",
    ]
    lines = [json.loads(line) for line in output.splitlines()]
    assert {line["state"] for line in lines} <= {"completed", "pruned", "stopped"}
    book = Book(store)
    assert book.record("mine").status is SearchStatus.STOPPED
    kept = store.runs()
    assert {run.run_id for run in kept} == {trial.run_id for trial in book.standing("mine").completed}
    for run in kept:
        assert run.test_accuracy is None
        assert store.files.load_predictions(run.run_id, load_mnist("test").digest) is None
    store.close()

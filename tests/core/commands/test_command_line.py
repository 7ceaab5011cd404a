"""``python -m core``: its two streams and its exit code, in a process of its own where that may matter."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from core.__main__ import main
from core.commands.output import say
from core.commands.runs import thread_budget
from core.config import TrainConfig
from core.data.catalogue import BUILT_IN, Catalogue
from core.data.dataset import DIGIT_NAMES, ImageDataset, SourceDataset
from core.data.framing import Framing
from core.errors import DataError
from core.explain.attributions import attribute
from core.explain.method import Method
from core.presets import PRESETS
from core.reading.sources import found_in_picture
from core.runs.archive import DEMO_DIRECTORY, read_run
from core.runs.model_tensors import read_model
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.settings import Settings, cores
from core.training.threads import FILE, ThreadBudget, kind_of_network, machine_name, thread_counts, use_threads

ROOT = Path(__file__).parents[3]
SMALL = ("--epochs", "2", "--training-size", "500", "--hidden-size", "8")
EPOCH_KEYS = ["epoch", "train_loss", "val_loss", "val_accuracy", "seconds"]
RESULT_KEYS = ["run_id", "test_accuracy", "seconds", "path"]


@dataclass(frozen=True)
class Outcome:
    code: int
    output: str
    errors: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.splitlines()]

    def refused(self) -> str:
        """Exit code 2, nothing on standard output, one sentence on standard error."""
        assert (self.code, self.output) == (2, ""), self
        assert "Traceback" not in self.errors
        (sentence,) = self.errors.splitlines()
        return sentence


@dataclass(frozen=True)
class CommandLine:
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DIGITLAB_")}
        return inherited | {"DIGITLAB_HOME": str(self.home), "PYTHONPATH": str(ROOT)}

    def __call__(self, *arguments: str | Path, cwd: Path = ROOT, **environment: str) -> Outcome:
        done = subprocess.run(
            [sys.executable, "-m", "core", *map(str, arguments)],
            cwd=cwd,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)


NO_TEACHER = "There is no run “no-such-run” to learn from:"
CallHere = Callable[..., Outcome]


@pytest.fixture
def command(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "home")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> CallHere:
    """The same in this very process, where PyTorch is imported already."""
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "home"))

    def call(*arguments: str | Path) -> Outcome:
        code = main([str(argument) for argument in arguments])
        return Outcome(code, *capfd.readouterr())

    return call


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared") / "home"


@pytest.fixture(scope="module")
def trained(shared_home: Path) -> Outcome:
    """A small run, trained in this process."""
    output, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITLAB_HOME", str(shared_home))
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            code = main(["train", *SMALL])
    return Outcome(code, output.getvalue(), errors.getvalue())


@pytest.fixture(scope="module")
def shared_store(shared_home: Path, trained: Outcome) -> Iterator[RunStore]:
    store = RunStore(Settings.from_environment({"DIGITLAB_HOME": str(shared_home)}))
    yield store
    store.close()


# --- train ---


@pytest.mark.slow
def test_training_says_a_line_per_epoch_and_one_at_the_end(trained: Outcome, shared_store: RunStore) -> None:
    assert trained.code == 0, trained.errors
    *epochs, result = trained.lines
    assert [list(line) for line in epochs] == [EPOCH_KEYS] * 2
    assert list(result) == RESULT_KEYS
    assert [line["epoch"] for line in epochs] == [1, 2]
    run = shared_store.get(result["run_id"])
    assert (run.status, run.test_accuracy) == (RunStatus.COMPLETED, result["test_accuracy"])
    for line, metrics in zip(epochs, run.epochs, strict=True):
        assert line == {name: getattr(metrics, name) for name in EPOCH_KEYS}
    assert result["seconds"] > sum(line["seconds"] for line in epochs)
    assert Path(result["path"], "checkpoint.safetensors").is_file()
    assert run.environment.train_images == 500


def test_text_for_people_goes_to_the_other_stream(trained: Outcome) -> None:
    run_id = trained.lines[-1]["run_id"]
    assert trained.errors == f"Run {run_id}: 6,370 parameters, 2 epochs.\n"


@pytest.mark.slow
def test_the_same_command_gives_the_same_numbers(trained: Outcome, command: CommandLine, tmp_path: Path) -> None:
    """In a process and into a folder of its own this time, and from another working directory."""
    again = command("train", *SMALL, "--seed", "0", "--out", "a run", cwd=tmp_path)
    assert again.code == 0, again.errors
    assert [list(line) for line in again.lines] == [EPOCH_KEYS, EPOCH_KEYS, RESULT_KEYS]
    assert again.errors == f"Run {again.lines[-1]['run_id']}: 6,370 parameters, 2 epochs.\n"
    names = ("train_loss", "val_loss", "val_accuracy")
    assert [[line[name] for name in names] for line in again.lines[:-1]] == [
        [line[name] for name in names] for line in trained.lines[:-1]
    ]
    result = again.lines[-1]
    assert result["test_accuracy"] == trained.lines[-1]["test_accuracy"]
    assert result["path"] == "a run"
    run = read_run(tmp_path / "a run")
    assert (run.run_id, run.status, run.test_accuracy) == (
        result["run_id"],
        RunStatus.COMPLETED,
        result["test_accuracy"],
    )
    files = sorted(path.name for path in (tmp_path / "a run").iterdir())
    assert {name for name in files if name.startswith("early-")} >= {"early-0000000.safetensors"}
    assert [name for name in files if not name.startswith("early-")] == [
        "checkpoint.safetensors",
        "epoch-0001.safetensors",
        "epoch-0002.safetensors",
        "predictions.safetensors",
        "run.json",
    ]
    # It leaves no trace in the user's store.
    assert not command.home.exists()


def test_test_accuracy_is_that_of_the_test_images(trained: Outcome, mnist_test: ImageDataset) -> None:
    model = read_model(Path(trained.lines[-1]["path"]) / "checkpoint.safetensors")
    predicted = model.probabilities(mnist_test.images).argmax(1)
    assert trained.lines[-1]["test_accuracy"] == pytest.approx(accuracy_score(mnist_test.labels, predicted))


@pytest.mark.slow
def test_every_setting_is_a_flag(here: CallHere, tmp_path: Path) -> None:
    numbers = {
        "hidden_size": 6,
        "hidden_layers": 2,
        "learning_rate": 0.02,
        "batch_size": 32,
        "epochs": 1,
        "seed": 9,
        "filters": 4,
        "widths": "7,6",
        "dropout": 0.1,
        "initial_range": 0.2,
        "label_smoothing": 0.1,
        "warm_up": 0.5,
        "weight_decay": 0.01,
        "gradient_clipping": 5.0,
        "patience": 2,
        "teacher_share": 0.25,
        "temperature": 4.0,
        "mixup": 0.2,
        "rotation": 5.0,
        "shift": 1.0,
        "zoom": 0.1,
        "shear": 3.0,
        "elastic": 1.0,
        "erasing": 0.1,
        "training_size": 300,
        "validation_size": 200,
        "test_size": 200,
        "split_seed": 4,
        "label_noise": 0.1,
        "imbalance": 0.3,
    }
    words = {
        "activation": "tanh",
        "batch_norm": True,
        "bias": False,
        "initialisation": "xavier",
        "optimizer": "adamw",
        "schedule": "one_cycle",
        "shuffle": False,
        "split": "random",
        "normalisation": "zero_one",
        "dataset": "sklearn-digits",
        "backend": "torch",
        "architecture": "mlp",
        "loss": "cross_entropy",
        "start_from": "",
        "teacher": "",
        "corrections": "12:2:x",
    }
    given = numbers | words
    assert given.keys() == TrainConfig.model_fields.keys()
    text = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in text.items()]
    done = here("train", *flags, "--threads", "1", "--out", tmp_path / "out")
    assert done.code == 0, done.errors
    assert read_run(tmp_path / "out").config.model_dump() == given


def test_threads_are_as_many_as_a_measurement_has_found(here: CallHere, tmp_path: Path) -> None:
    config = TrainConfig(hidden_size=8, epochs=1, training_size=300)
    most = thread_counts(cores())
    found = {str(count): 1.0 / count for count in most}
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / FILE).write_text(json.dumps({machine_name(): {kind_of_network(config): found}}))
    flags = ("--hidden-size", "8", "--epochs", "1", "--training-size", "300")
    try:
        assert here("train", *flags, "--threads", "auto", "--out", tmp_path / "out").code == 0
    finally:
        use_threads(1)
    assert read_run(tmp_path / "out").environment.threads == most[-1]


@pytest.mark.slow
def test_a_preset_is_a_beginning_that_flags_change(here: CallHere, tmp_path: Path) -> None:
    quick = next(preset for preset in PRESETS if preset.name == "quick")
    small = ("--epochs", "1", "--training-size", "300")
    assert here("train", "--preset", "quick", *small, "--out", tmp_path / "out").code == 0
    assert read_run(tmp_path / "out").config == quick.config.replace(epochs=1, training_size=300)


@pytest.mark.slow
def test_the_network_from_scratch_is_a_flag_away(here: CallHere, tmp_path: Path) -> None:
    settings = ("--training-size", "500", "--hidden-size", "16", "--epochs", "8", "--learning-rate", "0.005")
    done = here("train", *settings, "--backend", "numpy", "--out", tmp_path / "out")
    assert done.code == 0, done.errors
    assert read_run(tmp_path / "out").config.backend == "numpy"
    assert done.lines[-1]["test_accuracy"] > 0.5


@pytest.mark.slow
def test_a_divergence_leaves_the_epochs_before_it(here: CallHere, tmp_path: Path) -> None:
    wild = ("--learning-rate", "10", "--optimizer", "sgd", "--hidden-layers", "4", "--hidden-size", "64")
    done = here("train", *wild, "--training-size", "500", "--schedule", "constant", "--out", tmp_path / "out")
    assert done.code == 2
    assert done.errors.splitlines()[1].startswith("The loss was no longer a finite number in epoch ")
    assert "Traceback" not in done.errors
    run = read_run(tmp_path / "out")
    assert run.status is RunStatus.FAILED
    assert len(run.epochs) == len(done.lines)


@pytest.fixture
def pressed_after_the_first_line(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody presses Control-C as soon as an epoch has been told of."""

    def say_and_press(line: dict[str, Any]) -> None:
        say(line)
        if line["epoch"] == 1:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("core.commands.runs.say", say_and_press)
    # Tests in the background of a shell ignore Control-C.
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, usual)


@pytest.mark.usefixtures("pressed_after_the_first_line")
def test_control_c_keeps_what_was_learned(here: CallHere, tmp_path: Path) -> None:
    """In this process; ``search`` is pressed in one of its own."""
    flags = ("--epochs", "200", "--training-size", "100", "--hidden-size", "4")
    done = here("train", *flags, "--out", tmp_path / "out")
    # The second epoch ends after its first batch.
    assert ([line["epoch"] for line in done.lines], done.code) == ([1, 2], 130)
    assert done.errors.splitlines()[1:] == ["Interrupted; what had been finished is kept."]
    run = read_run(tmp_path / "out")
    assert run.status is RunStatus.STOPPED
    assert 1 < run.epochs_done < 2
    assert run.test_accuracy is not None


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_a_reader_that_has_enough_ends_it_quietly(command: CommandLine) -> None:
    flags = "--epochs 20 --training-size 100 --hidden-size 4"
    done = subprocess.run(
        ["/bin/sh", "-c", f'"{sys.executable}" -m core train {flags} | head -n 1'],
        cwd=ROOT,
        env=command.environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert json.loads(done.stdout)["epoch"] == 1
    assert "Error" not in done.stderr
    (run,) = RunStore(Settings.from_environment({"DIGITLAB_HOME": str(command.home)})).runs()
    assert run.status in (RunStatus.INTERRUPTED, RunStatus.COMPLETED)


# --- predict ---


def save_png(path: Path, image: np.ndarray) -> Path:
    Image.fromarray(image).save(path)
    return path


def test_predict_reads_digits_and_sees_an_empty_page(here: CallHere, mnist_test: ImageDataset, tmp_path: Path) -> None:
    count = 30
    paths = [save_png(tmp_path / f"{index}.png", mnist_test.images[index]) for index in range(count)]
    blank = save_png(tmp_path / "blank.png", np.zeros((28, 28), dtype=np.uint8))
    white = save_png(tmp_path / "white.png", np.full((60, 40), 255, dtype=np.uint8))
    done = here("predict", "--run", "demo", *paths, blank, white)
    assert (done.code, done.errors) == (0, "")
    assert [list(line) for line in done.lines] == [["path", "label", "verdict", "probabilities"]] * (count + 2)
    assert [line["path"] for line in done.lines] == [str(path) for path in (*paths, blank, white)]
    *digits, empty, page = done.lines
    # It refuses one digit in twenty.
    assert sum(line["verdict"] == "not_a_digit" for line in digits) <= 4
    for line in (empty, page):
        assert (line["label"], line["verdict"]) == (None, "no_ink")
    right = 0
    for line, label in zip(digits, mnist_test.labels.tolist(), strict=False):
        assert len(line["probabilities"]) == 10
        assert sum(line["probabilities"]) == pytest.approx(1, abs=1e-5)
        assert line["verdict"] in ("digit", "unsure", "not_a_digit")
        assert line["label"] == int(np.argmax(line["probabilities"]))
        right += line["label"] == label
    # The network has 98 % on these.
    assert right >= count - 3
    # Nothing was asked of the store.
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("method", ["saliency", "integrated", "occlusion"])
def test_explain_says_what_each_pixel_says(
    here: CallHere, mnist_test: ImageDataset, tmp_path: Path, method: str
) -> None:
    seven = save_png(tmp_path / "7.png", mnist_test.images[0])
    blank = save_png(tmp_path / "blank.png", np.zeros((28, 28), dtype=np.uint8))
    done = here("explain", "--run", "demo", seven, blank, tmp_path / "none.png", "--method", method)
    assert done.code == 2
    assert "none.png: it cannot be read" in done.errors
    said, empty = done.lines
    model = read_model(DEMO_DIRECTORY / "checkpoint.safetensors")
    expected = attribute(model, found_in_picture("7.png", seven.read_bytes(), Framing.MNIST).image, Method(method))
    assert (said["label"], said["method"], said["runner_up"]) == (7, method, expected.classes[1])
    np.testing.assert_allclose([said["for_label"], said["for_runner_up"]], expected.values, atol=1e-6)
    for name, logits in (("logits", expected.logits), ("logits_without_ink", expected.blank)):
        np.testing.assert_allclose(said[name], logits, rtol=1e-5)
    assert list(empty) == list(said)
    assert (empty["label"], empty["for_label"]) == (None, None)


def test_explain_knows_its_methods(here: CallHere) -> None:
    said = here("explain", "--method", "magic", "x.png").refused()
    assert "choose from 'saliency', 'integrated', 'occlusion'" in said


def test_predict_reads_photographs_of_dark_ink_too(
    capsys: pytest.CaptureFixture[str], mnist_test: ImageDataset, tmp_path: Path
) -> None:
    large = np.kron(mnist_test.images[0], np.ones((8, 8), dtype=np.uint8))
    path = tmp_path / "seven.jpg"
    Image.fromarray(255 - large).convert("RGB").save(path)
    assert main(["predict", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["label"] == mnist_test.labels[0] == 7


@pytest.mark.parametrize("way", ["id", "folder", "file"])
def test_predict_takes_a_run_by_id_folder_or_file(
    trained: Outcome, shared_store: RunStore, here: CallHere, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str
) -> None:
    monkeypatch.setenv("DIGITLAB_HOME", str(shared_store.settings.home))
    path = Path(trained.lines[-1]["path"])
    run = {"id": path.name, "folder": path, "file": path / "epoch-0001.safetensors"}[way]
    picture = save_png(tmp_path / "blank.png", np.zeros((28, 28), dtype=np.uint8))
    done = here("predict", "--run", run, picture)
    assert (done.code, done.lines[0]["verdict"]) == (0, "no_ink")


# --- evaluate ---


@pytest.mark.slow
def test_evaluate_agrees_with_scikit_learn(here: CallHere, mnist_test: ImageDataset) -> None:
    done = here("evaluate", "--run", "demo")
    assert (done.code, done.errors) == (0, "")
    (line,) = done.lines
    model = read_model(DEMO_DIRECTORY / "checkpoint.safetensors")
    predicted, labels = model.probabilities(mnist_test.images).argmax(1), mnist_test.labels
    assert (line["run_id"], line["dataset"]) == ("demo", "mnist")
    assert line["test_accuracy"] == pytest.approx(accuracy_score(labels, predicted))
    assert line["test_accuracy"] == pytest.approx(read_run(DEMO_DIRECTORY).test_accuracy)
    assert line["confusion_matrix"] == confusion_matrix(labels, predicted).tolist()
    expected = np.transpose(precision_recall_fscore_support(labels, predicted))
    assert [row["label"] for row in line["per_class"]] == list(range(10))
    names = ("precision", "recall", "f1", "support")
    np.testing.assert_allclose([[row[name] for name in names] for row in line["per_class"]], expected)
    assert all(isinstance(row["support"], int) for row in line["per_class"])


def test_evaluate_counts_as_a_look_at_the_test_set(
    trained: Outcome, shared_store: RunStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIGITLAB_HOME", str(shared_store.settings.home))
    result = trained.lines[-1]
    looks = shared_store.get(result["run_id"]).test_looks
    assert main(["evaluate", "--run", result["run_id"], "--dataset", "mnist"]) == 0
    line = json.loads(capsys.readouterr().out)
    assert (line["run_id"], line["test_accuracy"]) == (result["run_id"], pytest.approx(result["test_accuracy"]))
    assert shared_store.get(result["run_id"]).test_looks == looks + 1


def looks(store: RunStore, run_id: str) -> int:
    return store.get(run_id).test_looks


@pytest.mark.slow
def test_only_its_own_test_set_counts_as_a_look(
    trained: Outcome, shared_store: RunStore, here: CallHere, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = shared_store.settings.home
    monkeypatch.setenv("DIGITLAB_HOME", str(home))
    run_id = trained.lines[-1]["run_id"]
    mnist = Catalogue(home).load("mnist")
    assert mnist.test is not None
    tenth = mnist.train.subset(np.arange(0, 60_000, 10))
    other = Catalogue(home).add(SourceDataset(tenth, mnist.test.subset(np.arange(500))), "Other", "")
    copy = Catalogue(home).add(SourceDataset(tenth, mnist.test), "Its own test set under another name", "")
    before = looks(shared_store, run_id)
    for name in (other.name, "sklearn-digits"):
        assert here("evaluate", "--run", run_id, "--dataset", name).code == 0
    assert looks(shared_store, run_id) == before
    for counted, arguments in enumerate(([], ["--dataset", "mnist"], ["--dataset", copy.name]), start=1):
        assert here("evaluate", "--run", run_id, *arguments).code == 0
        assert looks(shared_store, run_id) == before + counted


@pytest.mark.slow
def test_a_run_that_is_named_by_its_files_in_the_store_counts_as_well(
    trained: Outcome, shared_store: RunStore, here: CallHere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITLAB_HOME", str(shared_store.settings.home))
    result = trained.lines[-1]
    folder = Path(result["path"])
    before = looks(shared_store, result["run_id"])
    for counted, path in enumerate((folder, folder / "checkpoint.safetensors"), start=1):
        assert here("evaluate", "--run", path).code == 0
        assert looks(shared_store, result["run_id"]) == before + counted


def digits_named(names: Sequence[str], order: Sequence[int], home: Path, images: ImageDataset) -> str:
    """A dataset of MNIST's images whose classes stand in another order; the name it gets."""
    place = np.argsort(order)
    named = tuple(names[label] for label in order)
    dataset = ImageDataset("named", images.images[:1000], place[images.labels[:1000]], named)
    return Catalogue(home).add(SourceDataset(dataset, dataset), "-".join(named), "").name


@pytest.mark.slow
def test_evaluate_maps_the_same_names_in_another_order(
    here: CallHere, mnist_test: ImageDataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path))
    plain, turned = (
        digits_named(DIGIT_NAMES, order, tmp_path, mnist_test) for order in (range(10), (3, 1, 4, 0, 5, 9, 2, 6, 8, 7))
    )
    (expected,), (line,) = (here("evaluate", "--dataset", name).lines for name in (plain, turned))
    assert expected["test_accuracy"] > 0.9
    assert line == expected | {"dataset": turned}


def test_evaluate_refuses_a_dataset_whose_classes_have_other_names(
    here: CallHere, mnist_test: ImageDataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path))
    name = digits_named(tuple("abcdefghij"), range(10), tmp_path, mnist_test)
    assert here("evaluate", "--run", "demo", "--dataset", name).refused() == (
        f"The classes of {name} are not those of the run: only {name} has a, b, c and 7 more; "
        "the run has 0, 1, 2 and 7 more."
    )


@pytest.mark.slow
def test_a_class_that_does_not_occur_has_null_for_its_numbers(
    here: CallHere, mnist_test: ImageDataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path))
    model = read_model(DEMO_DIRECTORY / "checkpoint.safetensors")
    # Digits that the demo run reads correctly, and no 9 among them.
    predicted = model.probabilities(mnist_test.images[:500]).argmax(1)
    chosen = np.flatnonzero((predicted == mnist_test.labels[:500]) & (predicted != 9))
    name = Catalogue(tmp_path).add(SourceDataset(mnist_test, mnist_test.subset(chosen)), "No 9", "").name
    (line,) = here("evaluate", "--dataset", name).lines
    assert line["per_class"][9] == {"label": 9, "precision": None, "recall": None, "f1": None, "support": 0}
    assert all(row["f1"] == 1 for row in line["per_class"][:9])
    assert line["test_accuracy"] == 1


# --- bad input ---

NO_NORM = "The NumPy backend has no batch normalisation: choose PyTorch for it."
NO_FASHION = f"There is no dataset called “fashion” here; there are {', '.join(BUILT_IN)} and those that you import."
HIDDEN_SIZE = "Hidden size must be a whole number from 1 to 4,096, not “{}”."


@pytest.mark.slow
def test_bad_input_gets_one_sentence(command: CommandLine) -> None:
    assert command("train", "--hidden-size", "abc").refused() == HIDDEN_SIZE.format("abc")


@pytest.fixture
def refused(here: CallHere) -> Callable[..., str]:
    return lambda *arguments: here(*arguments).refused()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("train --activation swish", "Activation must be one of relu, tanh, sigmoid, none, not “swish”."),
        ("predict no-such.png", "no-such.png: it cannot be read (No such file or directory)."),
        ("train --hidden-size -1", HIDDEN_SIZE.format("-1")),
        ("train --hidden-size 1e9", HIDDEN_SIZE.format("1e9")),
        ("train --hidden-size=", HIDDEN_SIZE.format("")),
        ("train --learning-rate nan", "Learning rate must be a number from 0.00001 to 10, not “nan”."),
        ("train --epochs 0", "Epochs must be a whole number from 1 to 200, not “0”."),
        ("train --dataset fashion", NO_FASHION),
        ("train --dataset ../x", "Dataset must be a name of lower-case letters, digits and hyphens, not “../x”."),
        ("train --preset slow", f"There is no preset called “slow”; there are {', '.join(p.name for p in PRESETS)}."),
        ("train --shuffle perhaps", "Shuffle must be one of true, false, not “perhaps”."),
        ("train --backend numpy --batch-norm true", NO_NORM),
        ("train --start-from no-such-run", "There is no run “no-such-run”: it may have been deleted."),
        ("train --teacher no-such-run", f"{NO_TEACHER} it may have been deleted. Choose another teacher."),
        ("train --backend jax", "Backend must be one of torch, numpy, not “jax”."),
        ("train --threads two", "Threads must be auto or a whole number of at least 1, not “two”."),
        ("train --threads 0", "Threads must be auto or a whole number of at least 1, not “0”."),
        ("train --threads=-3", "Threads must be auto or a whole number of at least 1, not “-3”."),
        ("train --run-id ../x", "A run’s ID consists of lower-case letters, digits and hyphens, unlike “../x”."),
        ("train --colour red", "Unrecognized arguments: --colour red. More with: python -m core --help"),
        ("train --epochs", "Argument --epochs: expected one argument. More with: python -m core train --help"),
        ("predict", "The following arguments are required: FILE. More with: python -m core predict --help"),
        ("", "The following arguments are required: COMMAND. More with: python -m core --help"),
        ("evaluate --dataset fashion", NO_FASHION),
        ("evaluate --run no-such-run", "There is no run “no-such-run”: it may have been deleted."),
        ("evaluate --run ../../no/such/run", "There is no run “../../no/such/run”: it may have been deleted."),
        ("predict --run= x.png", "There is no run “”: it may have been deleted."),
    ],
)
def test_more_bad_input(refused: Callable[..., str], arguments: str, sentence: str) -> None:
    assert refused(*arguments.split()) == sentence


def test_an_unknown_command(refused: Callable[..., str]) -> None:
    sentence = refused("teach")
    assert sentence.startswith("Argument COMMAND: invalid choice: 'teach' (choose from ")
    assert sentence.endswith("More with: python -m core --help")


def test_a_run_with_an_absurd_name(refused: Callable[..., str]) -> None:
    assert refused("predict", "--run", "x" * 5_000, "x.png").startswith(f"“{'x' * 64}” is neither a run nor a path: ")
    assert refused("predict", "--run", "\udcff", "x.png").startswith("There is no run “")


def test_pictures_that_are_none(refused: Callable[..., str], tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((28, 28), dtype=np.uint8)).save(buffer, "PNG")
    for name, content in {"empty.png": b"", "text.png": b"Hello.", "cut.png": buffer.getvalue()[:40]}.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert refused("predict", path).startswith((f"{path}: ", f"{path} is empty"))
    assert refused("predict", "/dev/null").startswith("/dev/null: The file is empty")
    huge = tmp_path / "huge.png"
    with huge.open("wb") as file:
        file.truncate(10**10)
    assert (
        refused("predict", huge) == f"{huge}: The file is larger than 30 MB, the most that "
        "can be read. Make it smaller."
    )


def test_a_device_that_never_ends(refused: Callable[..., str]) -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("there is no /dev/zero here")
    assert refused("predict", "/dev/zero").startswith("/dev/zero: The file is larger than 30 MB")


def test_damaged_runs(refused: Callable[..., str], tmp_path: Path) -> None:
    damaged = "The file checkpoint.safetensors cannot be read: it is damaged or not a safetensors file."
    path = tmp_path / "run" / "checkpoint.safetensors"
    path.parent.mkdir()
    assert refused("evaluate", "--run", path.parent) == f"There is no file checkpoint.safetensors in {path.parent}."
    whole = (DEMO_DIRECTORY / "checkpoint.safetensors").read_bytes()
    for content in (b"", b"cPickle\n.", whole[:5_000], b"\0" * 100 + whole):
        path.write_bytes(content)
        assert refused("evaluate", "--run", path.parent) == damaged
        assert refused("predict", "--run", path, "x.png") == damaged


def test_a_folder_that_cannot_be_written_to_is_refused_at_once(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        assert refused("train", *SMALL, "--out", out).startswith(f"The run cannot be written to {out}: ")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_home_that_cannot_be_used(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    for arguments in (["train", *SMALL], ["evaluate", "--run", "some-run"]):
        assert refused(*arguments) == f"DIGITLAB_HOME cannot be {tmp_path / 'home'}: File exists."


def test_damaged_data_is_said_and_the_run_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def refuse(*_: object) -> None:
        raise DataError("The file is damaged.")

    monkeypatch.setattr("core.training.local.load_splits", refuse)
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path))
    assert main(["train", *SMALL]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1] == "The file is damaged."
    (run,) = RunStore(Settings.from_environment({"DIGITLAB_HOME": str(tmp_path)})).runs()
    assert run.status is RunStatus.FAILED


def test_help_names_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["train", "--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for flag in (
        "--hidden-size",
        "--hidden-layers",
        "--learning-rate",
        "--batch-size",
        "--epochs",
        "--seed",
        "--dataset",
    ):
        assert flag in text
    assert "--backend" in text
    assert "--threads" in text
    assert "--out" in text


def test_more_threads_than_cores_are_not_promised(capsys: pytest.CaptureFixture[str]) -> None:
    assert thread_budget("1", Path("home")) == ThreadBudget(1)
    assert thread_budget("auto", Path("home")) == ThreadBudget(cores(), Path("home"))
    assert capsys.readouterr().err == ""
    assert thread_budget("999", Path("home")) == ThreadBudget(cores())
    assert capsys.readouterr().err == f"There are only {cores()} cores here: training with {cores()} threads.\n"

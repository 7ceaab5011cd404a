"""The run as a program: what it draws is what the product draws, and what it trains is the run, to the last bit."""

import ast
import itertools
import json
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.config import TrainConfig
from core.corrections import Correction, corrections_text
from core.data.catalogue import Catalogue, load_splits
from core.data.dataset import ImageDataset, SourceDataset
from core.data.drawn import drawn_name, mark_of
from core.data.mnist import MNIST_DIRECTORY
from core.data.rehearsal import EPOCHS, Sizes, settings_to_rehearse
from core.data.splits import make_splits
from core.exports.formats import FORMATS
from core.exports.promises import first_line, left_out
from core.exports.script import notebook_bytes, script_bytes
from core.exports.subject import Subject, subject_of_path, subject_of_run
from core.runs.archive import DEMO_DIRECTORY
from core.runs.status import RunOrigin
from core.runs.store import RunStore
from core.settings import Settings
from core.training.local import train_here
from tests.core.exports.builders import CONFIGS, NASTY, NASTY_CLASSES, make_subject

TYPED = ("NAME", "NOTES", "REFLECTION", "TAGS", "CLASS_NAMES")


def program_of(subject: Subject) -> dict[str, Any]:
    """The script’s names, nothing of it run but its definitions."""
    names: dict[str, Any] = {"__name__": "script", "__file__": "script.py"}
    exec(compile(script_bytes(subject), "script.py", "exec"), names)
    return names


def first_of(data: bytes) -> str:
    return data.decode().splitlines()[0]


def cells_of(notebook: bytes) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code"]


@pytest.mark.slow
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_every_network_makes_a_program_that_needs_pytorch_alone(config: TrainConfig) -> None:
    subject = make_subject(config)
    for code in (script_bytes(subject).decode(), "\n".join(cells_of(notebook_bytes(subject)))):
        imported = {
            (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
            for node in ast.walk(ast.parse(code))
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        assert imported - set(sys.stdlib_module_names) == {"torch"}


def test_names_and_notes_are_what_was_typed_and_nothing_else() -> None:
    subject = make_subject(TrainConfig(hidden_size=4))
    subject = replace(
        subject, run=replace(subject.run, name=NASTY, notes=NASTY * 2, reflection=NASTY, tags=(NASTY, "'"))
    )
    script, notebook = script_bytes(subject), notebook_bytes(subject)
    for code in (script.decode(), "\n".join(cells_of(notebook))):
        constants = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in ast.parse(code).body
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in TYPED
        }
        assert constants.pop("REFLECTION") == {"What happened": "\n".join(NASTY.splitlines())}
        assert constants == {"NAME": NASTY, "NOTES": NASTY * 2, "TAGS": (NASTY, "'"), "CLASS_NAMES": NASTY_CLASSES}
    said = "".join("".join(c["source"]) for c in json.loads(notebook)["cells"] if c["cell_type"] == "markdown")
    assert "script" not in said
    plain, lines = script_bytes(make_subject(TrainConfig(hidden_size=4))).decode(), script.decode().splitlines()
    # Nothing that was typed has become code, a comment or a part of the documentation.
    typed = ("NAME", "NOTES", "TAGS", "REFLECTION", '    "What happened": ')
    (place,) = (place for place, line in enumerate(lines) if line == "REFLECTION = {")
    assert lines[place + 2] == "}"
    del lines[place + 2]
    assert [line for line in lines if not line.startswith(typed)] == [
        line for line in plain.splitlines() if not line.startswith("NAME")
    ]


def test_a_number_that_is_none_is_one_in_the_program_too() -> None:
    """As a run’s accuracy may be that was read from a damaged file."""
    subject = make_subject(TrainConfig(hidden_size=4))
    program = program_of(replace(subject, run=replace(subject.run, test_accuracy=float("nan"))))
    assert np.isnan(program["TEST_ACCURACY"])


def test_the_notebook_is_one() -> None:
    notebook = json.loads(notebook_bytes(make_subject(TrainConfig(hidden_size=4))))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["cells"][0]["cell_type"] == "markdown"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(set("-_").union("abcdefghijklmnopqrstuvwxyz0123456789") >= set(name) for name in ids)


# --- what it draws ---


@pytest.mark.parametrize("seed", [[0], [5], [2**31 - 1, 200], [3, 2]], ids=str)
def test_it_shuffles_as_numpy_does(seed: list[int]) -> None:
    random = program_of(make_subject(TrainConfig(hidden_size=4)))["Random"](*seed)
    numpy = np.random.default_rng(seed if len(seed) > 1 else seed[0])
    for count in (1, 2, 3, 1_000, 70_000):
        assert random.shuffled(range(count)) == numpy.permutation(count).tolist()


SPLITS = [
    TrainConfig(split=split, split_seed=3, validation_size=150, test_size=120, training_size=size, imbalance=imbalance)
    for split in ("stratified", "random", "in_order")
    for size, imbalance in ((5_000, 0.0), (311, 0.0), (200, 0.6))
]


@pytest.mark.parametrize("has_test", [True, False])
@pytest.mark.parametrize("config", SPLITS, ids=str)
def test_it_splits_as_the_product_does(config: TrainConfig, has_test: bool, mnist_train: ImageDataset) -> None:
    images = mnist_train.subset(np.arange(903))
    expected = make_splits(images, images if has_test else None, config)
    program = program_of(make_subject(config, class_names=tuple("0123456789")))
    training, validation, test = program["split"](program["torch"].from_numpy(images.labels.copy()), has_test)
    assert training == expected.train.file_indices.tolist()
    assert validation == expected.validation.file_indices.tolist()
    assert (test is None) if has_test else test == expected.test.file_indices.tolist()


@pytest.mark.parametrize("label_noise", [0.0, 0.2])
def test_it_names_corrections_and_learns_from_them(label_noise: float, mnist_train: ImageDataset) -> None:
    """Images of training, of validation, and one that is not there."""
    images = mnist_train.subset(np.arange(903))
    told = [Correction(place, int(images.labels[place]), None if place % 3 else 4) for place in range(40)]
    config = TrainConfig(validation_size=150, corrections=corrections_text(told))
    expected = make_splits(images, images, config)
    subject = make_subject(config.replace(label_noise=label_noise), class_names=tuple("0123456789"))
    program = program_of(subject)
    assert program["CORRECTIONS"] == {each.index: each.label for each in told}
    labels = program["torch"].from_numpy(images.labels.copy())
    training, validation, _ = program["split"](labels, True)
    left, learned = program["corrected"](labels, training)
    assert left == expected.train.file_indices.tolist()
    assert learned.tolist() == expected.train.labels.tolist()
    assert labels[validation].tolist() == expected.validation.labels.tolist()
    assert f"    39: {told[39].label}," in "\n".join(cells_of(notebook_bytes(subject)))
    assert ("label noise" in first_line(subject)) == bool(label_noise)
    assert "corrected" not in first_line(subject)


# --- what it promises ---


def test_its_first_line_says_what_it_leaves_out() -> None:
    exact = make_subject(TrainConfig(hidden_size=4, dropout=0.5, patience=2, architecture="cnn"))
    exact = replace(exact, run=replace(exact.run, environment=replace(exact.run.environment, device="cpu")))
    assert left_out(exact) == []
    assert first_of(script_bytes(exact)) == (
        "# This predicts exactly as the run did, and trains to the same weights on the same machine with PyTorch 2 "
        "and 2 threads."
    )
    settings = {"mixup": 0.2, "rotation": 10, "elastic": 1, "label_noise": 0.1, "start_from": "brave-otter-3f2a91"}
    subject = make_subject(TrainConfig(hidden_size=4, **settings))
    line = first_of(script_bytes(subject))
    assert line.startswith("# Left out when this trains again: ")
    for word in ("mixup", "rotation", "elastic", "label noise", "the weights that the run started from"):
        assert word in line
    assert "the NumPy backend" in first_line(make_subject(TrainConfig(hidden_size=4, backend="numpy")))
    on_gpu = replace(exact, run=replace(exact.run, environment=replace(exact.run.environment, device="cuda")))
    assert "GPU" in first_line(on_gpu)
    earlier = (("cuda:0", "2.13.0+cu129"), ("cpu", "2\nimport os"))
    moved = replace(exact, run=replace(exact.run, environment=replace(exact.run.environment, earlier=earlier)))
    assert first_line(moved) == (
        "Left out when this trains again: its earlier training on the GPU with PyTorch 2.13.0+cu129, its earlier "
        "training on the processor with PyTorch. It predicts exactly as the run did."
    )
    brought_in = replace(exact, run=replace(exact.run, origin=RunOrigin.IMPORTED))
    assert "its file does not say" in first_line(brought_in)


def test_a_version_that_is_not_one_stays_out() -> None:
    subject = make_subject(TrainConfig(hidden_size=4))
    known = replace(subject.run.environment, device="cpu", versions={"torch": NASTY})
    assert NASTY.splitlines()[0] not in first_line(replace(subject, run=replace(subject.run, environment=known)))


# --- what it does ---

COMMON = {"training_size": 300, "validation_size": 100, "test_size": 100}
EXACT = {
    "dropout": {
        "widths": "12,9",
        "dropout": 0.2,
        "label_smoothing": 0.1,
        "optimizer": "adamw",
        "weight_decay": 0.02,
        "schedule": "one_cycle",
        "warm_up": 0.4,
        "gradient_clipping": 0.5,
        "patience": 1,
        "learning_rate": 0.1,
        "epochs": 8,
    },
    "squared-error": {
        "hidden_size": 9,
        "loss": "squared_error",
        "optimizer": "momentum",
        "activation": "tanh",
        "schedule": "step",
        "bias": False,
        "split": "in_order",
        "shuffle": False,
        "epochs": 2,
    },
    "linear": {"architecture": "linear", "optimizer": "sgd", "split": "random", "imbalance": 0.4, "epochs": 2},
    "plateau": {
        "hidden_size": 9,
        "hidden_layers": 2,
        "activation": "sigmoid",
        "schedule": "plateau",
        "learning_rate": 0.3,
        "normalisation": "minus_one_one",
        "initialisation": "uniform",
        "batch_size": 33,
        "epochs": 6,
    },
    "cnn": {"architecture": "cnn", "filters": 3, "batch_norm": True, "dropout": 0.1, "hidden_size": 5, "epochs": 1},
    "started": {
        "architecture": "cnn",
        "filters": 3,
        "batch_norm": True,
        "hidden_size": 5,
        "epochs": 1,
        "start_from": "run-cnn",
    },
    "fine-tuned": {"widths": "12,9", "epochs": 1, "start_from": "run-dropout"},
    "corrected": {"hidden_size": 6, "epochs": 1, "corrections": "0:5:7,1:0:x,2:4:9,3:1:x,4:9:4,5:2:x,6:1:1,7:3:8"},
    "stopped": {"hidden_size": 6, "activation": "none", "initialisation": "zeros", "weight_decay": 0.1, "epochs": 3},
}
PROGRAMS = [*EXACT, "drawn"]
"""Their names, and that of a run that was fine-tuned on a drawing."""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, mnist_train: ImageDataset) -> Path:
    """A folder with a script for each config, a notebook, and the demo’s script; with the files that they need."""
    folder = tmp_path_factory.mktemp("exported")
    settings = Settings.from_environment({"DIGITLAB_HOME": str(folder / "home")})
    images = replace(mnist_train.subset(np.arange(600)), class_names=NASTY_CLASSES[:10])
    dataset = Catalogue(settings.home).add(SourceDataset(images), "Few", "").name
    with closing(RunStore(settings)) as store:
        for name, changes in EXACT.items():
            config = TrainConfig(dataset=dataset, seed=4, **COMMON | changes)
            run_id = store.create(config, f"run-{name}").run_id
            # Of five batches an epoch: it is stopped in its second one.
            asked = itertools.count(1 if name == "stopped" else -10_000)
            for _ in train_here(store, config, run_id, lambda asked=asked: next(asked) > 7):
                pass
            _write(folder, subject_of_run(store, run_id), "script")
        tuned = _beside_a_drawing(images, store.summary("run-dropout").config, settings.home)
        for _ in train_here(store, tuned, store.create(tuned, "run-drawn").run_id):
            pass
        _write(folder, subject_of_run(store, "run-drawn"), "script")
        _write(folder, subject_of_run(store, "run-dropout"), "notebook")
    _write(folder, subject_of_path(DEMO_DIRECTORY, settings.home), "script")
    return folder


def _beside_a_drawing(images: ImageDataset, config: TrainConfig, home: Path) -> TrainConfig:
    """The settings of a run that continues from that one with a drawing beside its images."""
    catalogue = Catalogue(home)
    name = drawn_name(mark_of("me"), "")
    entry = replace(catalogue.entry(config.dataset), name=name, beside=config.data_only().to_json())
    catalogue.keep(entry, SourceDataset(images.subset(np.array([0]))))
    return settings_to_rehearse(config, "run-dropout", name, Sizes.of(1, load_splits(config, home)))


def _write(folder: Path, subject: Subject, name: str) -> None:
    for file, data in FORMATS[name].make(subject).contents.items():
        (folder / file).write_bytes(data)


DRIVER = (
    """
import json, runpy, sys
for name in sys.argv[2].split(","):
    print(f"== {name}")
    sys.argv = [f"run-{name}.py", "--train"]
    runpy.run_path(f"run-{name}.py", run_name="__main__")
print("== demo")
sys.argv = ["demo.py", "--data", sys.argv0]
""".replace("sys.argv0", repr(str(MNIST_DIRECTORY)))
    + """
runpy.run_path("demo.py", run_name="__main__")
print("== notebook")
names = {"__name__": "__main__"}
for cell in json.load(open("run-dropout.ipynb"))["cells"]:
    if cell["cell_type"] == "code":
        exec("".join(cell["source"]), names)
print("== modules")
print(*sorted({name.split(".")[0] for name in sys.modules}))
"""
)


@pytest.fixture(scope="module")
def said(exported: Path) -> dict[str, list[str]]:
    """What each program said, all in one process that knows nothing of this project."""
    arguments = [sys.executable, "-I", "-c", DRIVER, "one", ",".join(PROGRAMS)]
    done = subprocess.run(arguments, cwd=exported, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    parts = done.stdout.split("== ")[1:]
    return {part.splitlines()[0]: part.splitlines()[1:] for part in parts}


@pytest.mark.slow
@pytest.mark.numerics
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_trains_to_the_very_weights_of_the_run(name: str, said: dict[str, list[str]], exported: Path) -> None:
    *epochs, weights, tested, run = said[name]
    count, _, total = weights.split()[:3]
    assert count == total
    assert tested.split(": ")[-1].rstrip(".") + ", the same." == run.removeprefix("The run: ")
    assert "trains to the same weights" in (exported / f"run-{name}.py").read_text(encoding="utf-8").splitlines()[0]
    assert 1 <= len(epochs) <= EXACT.get(name, {"epochs": EPOCHS})["epochs"]


@pytest.mark.slow
def test_a_start_that_was_trained_on_since_is_left_out(exported: Path) -> None:
    with closing(RunStore(Settings.from_environment({"DIGITLAB_HOME": str(exported / "home")}))) as store:
        subject = subject_of_run(store, "run-fine-tuned")
        assert subject.start() is not None
        other = replace(subject.model, config=subject.config.replace(start_from="run-stopped"))
        assert "the weights that the run started from" in first_line(replace(subject, model=other))
        gone = replace(subject.model, config=subject.config.replace(start_from="run-gone"))
        assert "the weights that the run started from" in first_line(replace(subject, model=gone))


@pytest.mark.slow
def test_early_stopping_and_stops_were_provoked(said: dict[str, list[str]]) -> None:
    assert len(said["dropout"]) - 3 < EXACT["dropout"]["epochs"]
    assert len(said["stopped"]) - 3 == 2


@pytest.mark.slow
def test_the_demo_reads_all_of_mnist_as_it_did(said: dict[str, list[str]]) -> None:
    assert said["demo"] == ["9,803 of 10,000 test images are read correctly: 98.03%.", "The run: 98.03%, the same."]


@pytest.mark.slow
def test_the_notebook_tests_and_trains(said: dict[str, list[str]]) -> None:
    assert said["notebook"][2:] == said["dropout"]
    assert said["notebook"][:2] == said["dropout"][-2:]


@pytest.mark.slow
def test_nothing_of_this_project_was_imported(said: dict[str, list[str]]) -> None:
    assert {"core", "safetensors", "pydantic", "sqlalchemy"}.isdisjoint(said["modules"][0].split())

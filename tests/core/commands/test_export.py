"""``export``: every format to a folder or a file, and one sentence for everything else."""

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file

from core.__main__ import main
from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import ImageDataset, SourceDataset
from core.exports import mlflow_run, writing
from core.exports.formats import FORMATS
from core.exports.names import EXPORT_FORMATS, MLFLOW
from core.runs.files import CHECKPOINT
from core.runs.model_file import import_model, write_model
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from tests.core.builders import ENVIRONMENT, make_checkpoint, make_metrics
from tests.core.runs.migrations_contract import HOME

Export = Callable[..., tuple[int, dict[str, Any], str]]
IDX = [f"{name}-ubyte.gz" for part in ("train", "t10k") for name in (f"{part}-images-idx3", f"{part}-labels-idx1")]


@pytest.fixture
def export(settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Export:
    """``export("--format", "onnx", …)``: exit code, the line on standard output, the words on standard error."""
    monkeypatch.setenv("DIGITLAB_HOME", str(settings.home))

    def call(*arguments: str | Path) -> tuple[int, dict[str, Any], str]:
        code = main(["export", *map(str, arguments)])
        output, errors = capfd.readouterr()
        return code, json.loads(output) if output else {}, errors

    return call


ENDINGS = (".safetensors", ".pt", ".onnx", ".json", ".py", ".ipynb", ".html", ".tfevents")


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_the_table_has_every_name() -> None:
    assert set(EXPORT_FORMATS) == {*FORMATS, MLFLOW}


@pytest.mark.slow
def test_everything_of_the_demo(export: Export, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    code, line, errors = export("--format", "all", "--out", out)
    assert (code, line["path"], line["needs"]) == (0, str(out / "demo.zip"), IDX)
    assert errors.startswith("The program needs train-images")
    with zipfile.ZipFile(out / "demo.zip") as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {"load-demo.py", *(f"demo{ending}" for ending in ENDINGS)}
    assert files_in(out) == {"demo.zip"}


def test_to_a_file_and_what_it_needs_beside_it(export: Export, tmp_path: Path) -> None:
    code, line, _ = export("--format", "script", "--out", tmp_path / "mine.py")
    assert (code, line["run_id"], line["beside"]) == (0, "demo", [str(tmp_path / "demo.safetensors")])
    assert files_in(tmp_path) == {"mine.py", "demo.safetensors"}
    again = (tmp_path / "mine.py").read_bytes()
    assert export("--format", "script", "--out", tmp_path / "mine.py")[0] == 0
    assert (tmp_path / "mine.py").read_bytes() == again


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--format", "pickle", "--out", "x"), "no export format called “pickle”; there are safetensors, state-dict"),
        (("--format", "onnx"), "--out"),
        (("--out", "x"), "--format"),
        (("--format", "onnx", "--out", " "), "Name the output"),
        (("--format", "onnx", "--out", "x", "--run", "no-such-run"), "no-such-run"),
        (("--format", "onnx", "--out", "x", "--run", "n" * 5000), "neither a run nor a path"),
        (
            ("--format", "onnx", "--out", "{tmp}/absent/x.onnx"),
            "cannot be written to {tmp}/absent/x.onnx: No such file",
        ),
        (("--format", "onnx", "--out", "{tmp}/file/x"), "to {tmp}/file/x: Not a directory"),
        (("--format", "report", "--out", "x", "--run", "{tmp}/file"), "damaged or not a safetensors file"),
        (("--format", "onnx", "--out", "x", "--run", "{tmp}"), "There is no file checkpoint.safetensors"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: tuple[str, ...], words: str, export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("no folder, no model")
    code, line, errors = export(*(argument.replace("{tmp}", str(tmp_path)) for argument in arguments))
    assert (code, line) == (2, {})
    assert words.replace("{tmp}", str(tmp_path)) in errors
    assert len(errors.splitlines()) == 1
    assert files_in(tmp_path) <= {"file", "home"}


def test_a_disk_that_is_full_leaves_nothing(export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "write_atomically", full)
    code, _, errors = export("--format", "onnx", "--out", tmp_path / "x.onnx")
    assert (code, errors) == (2, f"The export cannot be written to {tmp_path / 'x.onnx'}: No space left on device.\n")


def test_a_run_without_weights_is_named(export: Export, store: RunStore, tmp_path: Path) -> None:
    run = store.create(TrainConfig(hidden_size=4))
    store.record_status(run.run_id, RunStatus.INTERRUPTED)
    code, _, errors = export("--run", run.run_id, "--format", "onnx", "--out", tmp_path / "x.onnx")
    assert code == 2
    assert f"Run “{run.run_id}” has no weights yet" in errors


def test_an_interrupted_run_and_the_looks_at_its_test_set(export: Export, store: RunStore, tmp_path: Path) -> None:
    config = TrainConfig(hidden_size=4, epochs=5)
    run_id = store.create(config).run_id
    store.record_start(run_id, ENVIRONMENT)
    store.record_epoch(run_id, make_metrics(2, step=6))
    store.record_checkpoint(run_id, make_checkpoint(2, step=6, config=config))
    store.record_status(run_id, RunStatus.INTERRUPTED)
    for name, looks in (("onnx", 0), ("json", 0), ("notebook", 1), ("tensorboard", 2)):
        assert export("--run", run_id, "--format", name, "--out", tmp_path / "out")[0] == 0
        assert store.summary(run_id).test_looks == looks
    cells = json.loads((tmp_path / "out" / f"{run_id}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "".join(line for cell in cells for line in cell["source"])
    assert "for epoch in range(1, 2 + 1):" in code
    assert "batches[: 6] if epoch == 2" in code
    model = load_file(tmp_path / "out" / f"{run_id}.safetensors")
    assert set(model) == {"layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"}


def test_a_look_by_the_path_of_a_run_of_the_store_counts_as_one_by_its_id(
    export: Export, store: RunStore, tmp_path: Path
) -> None:
    config = TrainConfig(hidden_size=4, epochs=1)
    run_id = store.create(config).run_id
    store.record_start(run_id, ENVIRONMENT)
    store.record_checkpoint(run_id, make_checkpoint(1, config=config))
    store.record_status(run_id, RunStatus.STOPPED)
    folder = store.files.folder(run_id)
    shutil.copytree(folder, tmp_path / "elsewhere")
    for place, name, looks in (
        (folder, "onnx", 0),
        (folder, "script", 1),
        (folder / CHECKPOINT, "tensorboard", 2),
        (tmp_path / "elsewhere", "script", 2),
    ):
        assert export("--run", place, "--format", name, "--out", tmp_path / "out")[0] == 0
        assert store.summary(run_id).test_looks == looks


def test_other_images_go_along_or_are_named(
    export: Export, store: RunStore, tmp_path: Path, small_splits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalogue(store.settings.home)
    images: ImageDataset = small_splits.test
    dataset = catalogue.add(SourceDataset(images), "Mine", "").name
    config = TrainConfig(hidden_size=4, dataset=dataset)
    run_id = store.create(config).run_id
    store.record_start(run_id, ENVIRONMENT)
    store.record_checkpoint(run_id, make_checkpoint(1, config=config))
    store.record_status(run_id, RunStatus.STOPPED)
    arguments = ("--run", run_id, "--format", "script", "--out", tmp_path / "out")
    _, line, errors = export(*arguments)
    assert (line["needs"], errors) == ([], "")
    along = load_file(tmp_path / "out" / f"{dataset}.safetensors")
    assert (along["train.images"] == images.images).all()
    monkeypatch.setattr("core.exports.data_file.MOST_IMAGES", 99)
    _, line, errors = export(*arguments)
    assert line["needs"] == [f"{dataset}.safetensors"]
    assert errors == f"The program needs {dataset}.safetensors as well, in the folder datasets of DIGITLAB_HOME.\n"
    catalogue.delete(dataset)
    code, line, errors = export("--run", run_id, "--format", "all", "--out", tmp_path / "out")
    assert (code, line["needs"]) == (0, [f"{dataset}.safetensors"])
    assert errors == f"The program needs {dataset}.safetensors as well, whose images are missing or damaged here.\n"


@pytest.mark.slow
def test_a_model_that_was_brought_in_and_a_file_that_claims_any_id(
    export: Export, store: RunStore, tmp_path: Path
) -> None:
    from core.runs.archive import DEMO_DIRECTORY
    from core.runs.model_tensors import read_model

    model = read_model(DEMO_DIRECTORY / CHECKPOINT)
    run = import_model(store, write_model(model), "Brought")
    code, line, _ = export("--run", run.run_id, "--format", "script", "--out", tmp_path / "out")
    assert (code, Path(line["path"]).name) == (0, f"{run.run_id}.py")
    assert "its file does not say" in Path(line["path"]).read_text(encoding="utf-8").splitlines()[0]
    object.__setattr__(model, "run_id", '../../"""x')
    (tmp_path / "evil.safetensors").write_bytes(write_model(model))
    code, line, _ = export("--run", tmp_path / "evil.safetensors", "--format", "report", "--out", tmp_path / "evil")
    assert (code, line["run_id"], files_in(tmp_path / "evil")) == (0, "model", {"model.html"})


def test_runs_of_the_first_version(export: Export, settings: Settings, tmp_path: Path) -> None:
    shutil.copytree(HOME, settings.home)
    with sqlite3.connect(settings.home / "digitlab.db") as database:
        run_ids = [row[0] for row in database.execute("SELECT run_id FROM runs")]
    with_weights = [name for name in run_ids if (settings.home / "runs" / name / CHECKPOINT).exists()]
    assert with_weights
    for run_id in with_weights:
        for name in ("onnx", "script", "tensorboard"):
            code, line, errors = export("--run", run_id, "--format", name, "--out", tmp_path / "out")
            assert code == 0, errors
            assert Path(line["path"]).exists()


def test_mlflow_is_asked_for_where_it_is_missing(
    export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mlflow", None)
    code, _, errors = export("--format", "mlflow", "--out", tmp_path / "store")
    assert (code, errors) == (2, mlflow_run.MISSING + "\n")
    assert "pip install mlflow" in errors
    assert not (tmp_path / "store").exists()


def test_mlflow_has_the_run_where_it_is_installed(export: Export, tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow")
    code, line, errors = export("--format", "mlflow", "--out", tmp_path / "store")
    assert code == 0, errors
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{line['path']}")
    experiments = [found.experiment_id for found in client.search_experiments()]
    (run,) = client.search_runs(experiments)
    assert (run.info.run_name, run.data.metrics["test_accuracy"], run.data.params["epochs"]) == ("demo", 0.9803, "8")
    assert len(client.get_metric_history(run.info.run_id, "val_accuracy")) == 8
    assert [found.path for found in client.list_artifacts(run.info.run_id)] == ["demo.safetensors"]
    assert export("--format", "mlflow", "--out", tmp_path / "store")[0] == 2

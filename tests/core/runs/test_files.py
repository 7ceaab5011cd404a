import io
import json
import os
import pickle
import stat
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save

import core.runs.files
from core.config import TrainConfig
from core.data.dataset import Normalisation
from core.errors import RunError
from core.runs.files import CHECKPOINT, PREDICTIONS, RunFiles, half_precision
from core.runs.model_tensors import read_model, read_tensors
from core.runs.records import Run
from tests.core.builders import (
    ENVIRONMENT,
    SMALL,
    assert_same_checkpoint,
    make_checkpoint,
    make_run,
    make_weights,
)

NORMALISATION = Normalisation(0.1307, 1 / 3)


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    return RunFiles(tmp_path / "runs", run_budget=10**9, store_budget=10**9)


def saved_run(run_id: str, config: TrainConfig = SMALL) -> Run:
    environment = replace(ENVIRONMENT, mean=NORMALISATION.mean, std=NORMALISATION.std)
    return replace(make_run(run_id, config=config), environment=environment)


def save_epochs(files: RunFiles, run_id: str, epochs: range) -> int:
    """Bytes of one epoch's file."""
    for epoch in epochs:
        files.save_checkpoint(saved_run(run_id), make_checkpoint(epoch))
    return (files.folder(run_id) / f"epoch-{epochs[-1]:04d}.safetensors").stat().st_size


def kept_epochs(files: RunFiles, run_id: str) -> list[int]:
    return [epoch for epoch, _ in files.epoch_paths(run_id)]


def test_checkpoint_comes_back_to_the_last_bit(files: RunFiles) -> None:
    assert files.load_checkpoint("a") is None
    checkpoint = make_checkpoint(3, step=7)
    files.save_checkpoint(saved_run("a"), checkpoint)
    assert_same_checkpoint(files.load_checkpoint("a"), checkpoint)


def test_the_last_checkpoint_counts(files: RunFiles) -> None:
    save_epochs(files, "a", range(1, 4))
    assert_same_checkpoint(files.load_checkpoint("a"), make_checkpoint(3))
    assert kept_epochs(files, "a") == [1, 2, 3]


def test_a_model_needs_its_file_alone(files: RunFiles) -> None:
    save_epochs(files, "a", range(2, 3))
    model = files.load_model("a")
    assert (model.run_id, model.config, model.normalisation) == ("a", SMALL, NORMALISATION)
    assert model.class_names == tuple("0123456789")
    for name, array in make_weights(SMALL, seed=2).items():
        np.testing.assert_array_equal(model.weights[name], array)


def test_earlier_epochs_are_kept_in_half_precision(files: RunFiles) -> None:
    save_epochs(files, "a", range(1, 2))
    ((epoch, path),) = files.epoch_paths("a")
    assert epoch == 1
    for name, array in load_file(path).items():
        np.testing.assert_array_equal(array, make_weights(SMALL, seed=1)[name].astype(np.float16))
    model = read_model(path)
    assert {array.dtype for array in model.weights.values()} == {np.dtype(np.float32)}
    # A weight pair costs four bytes instead of eight, and moments and random state are left out.
    assert path.stat().st_size < 0.25 * (files.folder("a") / CHECKPOINT).stat().st_size


def test_weights_beyond_half_precision_stay_finite(files: RunFiles) -> None:
    checkpoint = make_checkpoint(1)
    checkpoint.weights["layers.0.bias"][:] = [1e6, -1e6, 65_504, np.nan]
    files.save_checkpoint(saved_run("a"), checkpoint)
    half = load_file(files.epoch_paths("a")[0][1])["layers.0.bias"]
    np.testing.assert_array_equal(half, np.array([65_504, -65_504, 65_504, np.nan], dtype=np.float16))


def test_predictions_belong_to_their_images(files: RunFiles) -> None:
    probabilities = np.random.default_rng(0).dirichlet(np.ones(10), 7).astype(np.float32)
    assert files.load_predictions("a", "digest") is None
    files.save_predictions("a", probabilities, "digest")
    np.testing.assert_array_equal(files.load_predictions("a", "digest"), probabilities)
    assert files.load_predictions("a", "other images") is None
    files.drop_predictions("a")
    files.drop_predictions("a")
    assert files.load_predictions("a", "digest") is None


@pytest.mark.parametrize(
    "damaged", [np.full(10, np.nan), np.ones(10), np.array([2, -1] + [0] * 8), np.eye(10)[:, :3]], ids=str
)
def test_numbers_that_are_no_probabilities_count_as_none(files: RunFiles, damaged: np.ndarray) -> None:
    files.save_predictions("a", np.vstack([damaged.reshape(-1, damaged.shape[-1])] * 2).astype(np.float32), "digest")
    assert files.load_predictions("a", "digest") is None


def test_damaged_predictions_count_as_none(files: RunFiles) -> None:
    files.save_predictions("a", np.eye(10, dtype=np.float32), "digest")
    path = files.folder("a") / PREDICTIONS
    path.write_bytes(path.read_bytes()[:-5])
    assert files.load_predictions("a", "digest") is None
    path.write_bytes(save({"something_else": np.ones(3)}, {"data_digest": "digest"}))
    assert files.load_predictions("a", "digest") is None


def test_no_weights_yet_gets_a_sentence(files: RunFiles) -> None:
    with pytest.raises(RunError) as caught:
        files.load_model("brave-otter")
    assert str(caught.value) == "Run “brave-otter” has no weights yet: they are saved when its first epoch ends."


@pytest.mark.parametrize("failing", ["write_bytes", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    files: RunFiles, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    save_epochs(files, "a", range(1, 2))
    before = {path.name: path.read_bytes() for path in files.folder("a").iterdir()}

    def fail_half_way(path: Path, argument: bytes | Path) -> None:
        if isinstance(argument, bytes):
            with path.open("wb") as file:
                file.write(argument[: len(argument) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, failing, fail_half_way)
        with pytest.raises(OSError, match="No space left"):
            files.save_checkpoint(saved_run("a"), make_checkpoint(2))
    assert {path.name: path.read_bytes() for path in files.folder("a").iterdir()} == before


def test_a_reader_never_sees_half_a_file(files: RunFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is at the final name while a write goes on can be read."""
    save_epochs(files, "a", range(1, 2))
    write_bytes, seen = Path.write_bytes, []

    def look_meanwhile(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            seen.append(files.load_checkpoint("a").epoch)
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", look_meanwhile)
    files.save_checkpoint(saved_run("a"), make_checkpoint(2))
    assert seen == [1, 2]
    assert files.load_checkpoint("a").epoch == 2


@pytest.mark.skipif(os.name != "posix", reason="asks for POSIX permissions")
def test_files_have_the_permissions_that_the_user_wants(files: RunFiles) -> None:
    before = os.umask(0o027)
    try:
        save_epochs(files, "a", range(1, 2))
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.folder("a").iterdir()} == {0o640}


@pytest.mark.parametrize("room_for", [1, 2, 3, 5, 8])
def test_thinning_keeps_first_and_last_within_the_budget(files: RunFiles, room_for: int) -> None:
    size = save_epochs(files, "measure", range(1, 2))
    tight = replace(files, run_budget=room_for * size + size // 2)
    for epoch in range(1, 31):
        tight.save_checkpoint(saved_run("a"), make_checkpoint(epoch))
        kept = kept_epochs(tight, "a")
        assert (kept[0], kept[-1]) == (1, epoch)
        # The first and the last stay, whatever the budget.
        assert len(kept) <= max(2, room_for)
    assert len(kept) == max(2, room_for)
    if room_for >= 5:
        # Spread over the whole run: no gap beyond twice the even one.
        assert max(np.diff(kept)) <= 2 * 30 / (room_for - 1)
    assert tight.load_checkpoint("a").epoch == 30


def test_a_budget_with_room_thins_nothing(files: RunFiles) -> None:
    save_epochs(files, "a", range(1, 21))
    assert kept_epochs(files, "a") == list(range(1, 21))


def test_the_oldest_runs_lose_their_epochs_first(files: RunFiles) -> None:
    runs = ["oldest", "older", "newest"]
    size, *_ = [save_epochs(files, run, range(1, 4)) for run in runs]
    files.save_early(saved_run("oldest"), 0, half_precision(make_weights(SMALL)))
    tight = replace(files, store_budget=7 * size)
    tight.keep_to_store_budget(runs)
    assert [kept_epochs(files, run) for run in runs] == [[], [1, 2, 3], [1, 2, 3]]
    replace(files, store_budget=0).keep_to_store_budget(runs)
    assert [kept_epochs(files, run) for run in runs] == [[], [], []]
    assert [files.early_paths(run) for run in runs] == [[], [], []]
    # The last checkpoint always stays.
    assert [files.load_checkpoint(run).epoch for run in runs] == [3, 3, 3]


def test_a_store_within_its_budget_keeps_everything(files: RunFiles) -> None:
    size = save_epochs(files, "a", range(1, 4))
    replace(files, store_budget=3 * size).keep_to_store_budget(["a", "never-wrote-a-file"])
    assert kept_epochs(files, "a") == [1, 2, 3]


def test_only_folders_that_have_changed_are_looked_into_again(files: RunFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked at the end of every run, and a store may hold ten thousand."""
    runs = ["a", "b", "c"]
    size, *_ = [save_epochs(files, run, range(1, 4)) for run in runs]
    tight = replace(files, store_budget=10 * size)
    looked, glob = [], Path.glob
    monkeypatch.setattr(Path, "glob", lambda path, pattern: looked.append(path.name) or glob(path, pattern))
    tight.keep_to_store_budget(runs)
    assert set(looked) == {"a", "b", "c"}
    looked.clear()
    tight.keep_to_store_budget(runs)
    assert not looked
    save_epochs(tight, "b", range(4, 6))
    looked.clear()
    tight.keep_to_store_budget(runs)
    # It has too much now, and the oldest pays for it.
    assert set(looked) == {"a", "b"}
    assert [kept_epochs(files, run) for run in runs] == [[], [1, 2, 3, 4, 5], [1, 2, 3]]


def test_usage_and_deletion(files: RunFiles) -> None:
    assert files.usage("a") == 0
    save_epochs(files, "a", range(1, 4))
    save_epochs(files, "b", range(1, 2))
    folder = files.folder("a")
    assert files.usage("a") == sum(os.path.getsize(folder / name) for name in os.listdir(folder))  # noqa: PTH202, PTH208
    files.delete("a")
    files.delete("a")
    assert not folder.exists()
    assert files.load_checkpoint("b") is not None


def test_usage_bears_files_that_vanish(files: RunFiles) -> None:
    """A temporary file is listed and moved away before it is measured; a broken link never had a size."""
    save_epochs(files, "a", range(1, 2))
    usage = files.usage("a")
    (files.folder("a") / ".writing-1").symlink_to("nowhere")
    (files.folder("a") / "epoch-0009.safetensors").symlink_to("nowhere")
    assert files.usage("a") == usage
    files.keep_to_store_budget(["a"])


def test_strangers_in_the_folder_are_no_epochs(files: RunFiles) -> None:
    save_epochs(files, "a", range(1, 2))
    for name in ("epoch-last.safetensors", "epoch-.safetensors", "epoch-0001.safetensors.bak", ".writing-x"):
        (files.folder("a") / name).write_bytes(b"?")
    assert kept_epochs(files, "a") == [1]


# --- what is no safetensors file, or not the right one ---


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def pickled(trap: Path) -> bytes:
    return pickle.dumps(Bomb(trap))


def like_torch_save(trap: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickled(trap))
        archive.writestr("archive/version", "3")
    return buffer.getvalue()


def like_numpy_save(trap: Path) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb(trap)], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def header_of(entries: dict[str, object], data: bytes = b"") -> bytes:
    header = json.dumps(entries).encode()
    return struct.pack("<Q", len(header)) + header + data


def tensor_of_type(name: str, data: bytes) -> bytes:
    return header_of({"layers.0.weight": {"dtype": name, "shape": [2], "data_offsets": [0, len(data)]}}, data)


STRANGE_FILES = {
    "pickle": pickled,
    "torch.save": like_torch_save,
    "numpy.save": like_numpy_save,
    "text": lambda trap: b"These are not the weights you are looking for.",
    "empty": lambda trap: b"",
    "three bytes": lambda trap: b"abc",
    "header longer than the file": lambda trap: struct.pack("<Q", 2**62) + b"{}",
    "header that is no JSON": lambda trap: struct.pack("<Q", 4) + b"{{{{",
    "tensor larger than the file": lambda trap: header_of(
        {"layers.0.weight": {"dtype": "F32", "shape": [2**40, 2**20], "data_offsets": [0, 4]}}, b"1234"
    ),
    "bfloat16": lambda trap: tensor_of_type("BF16", b"1234"),
    "float8": lambda trap: tensor_of_type("F8_E4M3", b"12"),
}
READERS = {
    "tensors": lambda files: read_tensors(files.folder("a") / CHECKPOINT),
    "model": lambda files: files.load_model("a"),
    "checkpoint": lambda files: files.load_checkpoint("a"),
}


@pytest.mark.parametrize("content", STRANGE_FILES)
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_safetensors_file_gets_a_sentence(
    files: RunFiles, tmp_path: Path, content: str, reader: str
) -> None:
    trap = tmp_path / "executed"
    path = files.folder("a") / CHECKPOINT
    path.parent.mkdir(parents=True)
    path.write_bytes(STRANGE_FILES[content](trap))
    with pytest.raises(RunError) as caught:
        READERS[reader](files)
    sentence = f"The file {CHECKPOINT} cannot be read: it is damaged or not a safetensors file."
    assert str(caught.value) == sentence
    assert not trap.exists()


def test_the_trap_would_have_worked(tmp_path: Path) -> None:
    trap = tmp_path / "executed"
    pickle.loads(pickled(trap))
    assert trap.is_dir()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_a_file_cut_off_anywhere_gets_a_sentence(files: RunFiles, share: float) -> None:
    save_epochs(files, "a", range(1, 2))
    path = files.folder("a") / CHECKPOINT
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    for read in READERS.values():
        with pytest.raises(RunError, match="cannot be read"):
            read(files)


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"There is no file model\.safetensors in "):
        read_model(tmp_path / "model.safetensors")


def metadata(**changes: str | None) -> dict[str, str]:
    whole = {"run_id": "a", "config": SMALL.to_json(), "mean": "0.1", "std": "0.3", "epoch": "1", "step": "2"}
    whole |= {"hits": "3", "seconds": "0.5"}
    return {name: value for name, value in (whole | changes).items() if value is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {"config": None},
        {"config": "{"},
        {"config": '{"hidden_size": 0}'},
        {"config": '{"unheard_of": 0}'},
        {"mean": None},
        {"mean": "x"},
        {"mean": "nan"},
        {"std": "0"},
        {"std": "-1"},
        {"std": "inf"},
        {"class_names": "3"},
        {"class_names": "["},
        {"class_names": "[" * 100_000},
    ],
)
def test_a_file_that_does_not_say_what_it_is(tmp_path: Path, changes: dict[str, str | None]) -> None:
    path = tmp_path / "epoch-0001.safetensors"
    path.write_bytes(save(make_weights(SMALL), metadata(**changes)))
    with pytest.raises(RunError) as caught:
        read_model(path)
    assert str(caught.value) == f"The file {path.name} does not say which network its weights belong to."


@pytest.mark.parametrize("other", [SMALL.replace(hidden_size=5), SMALL.replace(hidden_layers=2)])
def test_weights_of_another_network_are_refused(tmp_path: Path, other: object) -> None:
    path = tmp_path / CHECKPOINT
    path.write_bytes(save(make_weights(SMALL), metadata(config=other.to_json())))
    with pytest.raises(RunError, match="The weights do not fit a 784-"):
        read_model(path)


@pytest.mark.parametrize(
    "changes", [{"epoch": None}, {"step": None}, {"epoch": "x"}, {"step": "1.5"}, {"hits": None}, {"seconds": "soon"}]
)
def test_a_checkpoint_without_its_place_gets_a_sentence(files: RunFiles, changes: dict[str, str | None]) -> None:
    path = files.folder("a") / CHECKPOINT
    path.parent.mkdir(parents=True)
    tensors = make_weights(SMALL) | {name: np.zeros(2, dtype=np.uint8) for name in ("random_state", "batch_losses")}
    path.write_bytes(save(tensors, metadata()))
    assert files.load_checkpoint("a").step == 2
    path.write_bytes(save(tensors, metadata(**changes)))
    with pytest.raises(RunError, match="not a checkpoint that training can continue from"):
        files.load_checkpoint("a")


def test_an_epoch_file_is_no_checkpoint(files: RunFiles) -> None:
    save_epochs(files, "a", range(1, 2))
    files.epoch_paths("a")[0][1].replace(files.folder("a") / CHECKPOINT)
    with pytest.raises(RunError, match="not a checkpoint that training can continue from"):
        files.load_checkpoint("a")


def test_no_module_here_can_unpickle() -> None:
    assert not {"pickle", "torch", "joblib", "dill"} & vars(core.runs.files).keys()

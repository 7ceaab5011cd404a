import errno
import io
import json
import math
import os
import pickle
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load, save

import core.runs.model_file
from core.atomic import ABANDONED_SECONDS
from core.config import TrainConfig
from core.data.class_names import MOST_CLASSES
from core.data.dataset import DIGIT_NAMES, Normalisation
from core.errors import DataError, RunError
from core.models.numpy_model import NumpyModel
from core.models.shapes import weight_shapes
from core.runs.bin import Bin
from core.runs.model_file import MAX_BYTES, import_model, write_model
from core.runs.model_tensors import read_model
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from tests.core.builders import make_weights

CONFIG = TrainConfig(hidden_size=6, epochs=3)
WORDS = ("Zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
IMAGES = np.random.default_rng(0).integers(0, 256, (9, 28, 28), dtype=np.uint8)


def make_model(config: TrainConfig = CONFIG) -> NumpyModel:
    return NumpyModel("brave-otter-000001", config, make_weights(config, seed=2), Normalisation(0.2, 0.4))


def with_metadata(**changes: str) -> bytes:
    metadata = {"config": CONFIG.to_json(), "mean": "0.1", "std": "0.3", "class_names": json.dumps(list("0123456789"))}
    return save(make_weights(CONFIG), {k: v for k, v in (metadata | changes).items() if v})


def with_names(*names: str) -> bytes:
    return with_metadata(class_names=json.dumps(names))


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        CONFIG.replace(architecture="cnn"),
        CONFIG.replace(batch_norm=True, widths="5,4"),
        CONFIG.replace(bias=False, loss="squared_error"),
        CONFIG.replace(backend="numpy"),
    ],
)
def test_a_model_comes_back_with_equal_predictions(store: RunStore, config: TrainConfig) -> None:
    model = make_model(config)
    run = import_model(store, write_model(model), "from a friend")
    again = store.model(run.run_id)
    np.testing.assert_array_equal(again.probabilities(IMAGES), model.probabilities(IMAGES))
    assert (again.config, again.normalisation, again.run_id) == (config, model.normalisation, run.run_id)
    assert (run.name, run.status, run.config, run.epochs_done) == ("from a friend", RunStatus.COMPLETED, config, 3)
    assert run.run_id != model.run_id


def test_class_names_come_along(store: RunStore) -> None:
    """Those of a dataset that is not here are believed."""
    names = tuple("abcdefghij")
    model = make_model(CONFIG.replace(dataset="letters-0a1b2c3d"))
    run = import_model(store, write_model(replace(model, class_names=names)), "")
    assert run.class_names == store.model(run.run_id).class_names == names


@pytest.mark.parametrize(
    "config", [CONFIG, CONFIG.replace(architecture="cnn"), CONFIG.replace(architecture="linear", bias=False)]
)
@pytest.mark.parametrize("names", [DIGIT_NAMES, WORDS])
def test_classes_are_put_into_the_order_of_the_dataset(
    store: RunStore, config: TrainConfig, names: tuple[str, ...]
) -> None:
    """Written with the classes in any order, it is the same network."""
    model, order = make_model(config), [3, 9, 0, 1, 8, 2, 7, 5, 6, 4]
    last = f"layers.{len(config.hidden_widths)}."
    weights = {name: array[order] if name.startswith(last) else array for name, array in model.weights.items()}
    other = replace(model, weights=weights, class_names=tuple(names[label] for label in order))
    np.testing.assert_allclose(other.probabilities(IMAGES), model.probabilities(IMAGES)[:, order], rtol=1e-5)
    run = import_model(store, write_model(other), "from afar")
    assert run.class_names == store.get(run.run_id).class_names == store.model(run.run_id).class_names == DIGIT_NAMES
    np.testing.assert_array_equal(store.model(run.run_id).probabilities(IMAGES), model.probabilities(IMAGES))


def test_classes_of_another_dataset_are_refused(store: RunStore) -> None:
    eleven = {name: np.resize(array, (11, *array.shape[1:])) for name, array in make_weights(CONFIG).items()}
    weights = make_weights(CONFIG) | {name: array for name, array in eleven.items() if name.startswith("layers.1.")}
    one_more = replace(make_model(), weights=weights, class_names=(*DIGIT_NAMES, "blank"))
    letters = replace(make_model(), class_names=tuple("abcdefghij"))
    for model, rest in ((one_more, "has blank."), (letters, "has a, b, c and 7 more and only mnist has 0, 1, 2 and 7")):
        with pytest.raises(DataError, match=f"do not match those of mnist, .*: only the network {rest}"):
            import_model(store, write_model(model), "x")
    assert (store.runs(), [path for path in store.files.root.rglob("*") if path.is_file()]) == ([], [])


@pytest.mark.parametrize("beginning", [b"\x80", b"PK"])
def test_a_file_is_read_whose_length_begins_as_other_formats_do(store: RunStore, beginning: bytes) -> None:
    """What is said in it, such as names of classes, decides how long its header is, and with that its first bytes."""
    plain = with_metadata(note="x")
    length, wanted = int.from_bytes(plain[:8], "little"), int.from_bytes(beginning, "little")
    missing = (wanted - length) % 256 ** len(beginning)
    # A header is filled up to a multiple of eight bytes.
    files = (with_metadata(note="x" * (1 + missing - less)) for less in range(8))
    data = next(file for file in files if file.startswith(beginning))
    assert import_model(store, data, "a friend’s").config == CONFIG


def test_the_file_is_read_where_it_lies_as_well(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(write_model(make_model()))
    np.testing.assert_array_equal(read_model(path).probabilities(IMAGES), make_model().probabilities(IMAGES))


def test_the_file_holds_the_weights_and_nothing_else() -> None:
    assert {name: array.shape for name, array in load(write_model(make_model())).items()} == {
        name: array.shape for name, array in make_weights(CONFIG).items()
    }


def pickled() -> bytes:
    return pickle.dumps(make_weights(CONFIG))


def saved_by_torch() -> bytes:
    buffer = io.BytesIO()
    torch.save({"weight": torch.zeros(3)}, buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (pickled(), "is a pickle"),
        (saved_by_torch(), "is a pickle"),
        (b"", "damaged or not a safetensors file"),
        (b"hello", "damaged or not a safetensors file"),
        (write_model(make_model())[:-7], "damaged or not a safetensors file"),
        (b"\xff" * 8 + b"{}", "damaged or not a safetensors file"),
        (save({"a": np.zeros(3)}), "does not say which network"),
        (with_metadata(config=""), "does not say which network"),
        (with_metadata(config="{}x"), "does not say which network"),
        (with_metadata(std="0"), "does not say which network"),
        (with_metadata(config=CONFIG.replace(hidden_size=7).to_json()), "do not fit a 784-7-10 network"),
        (with_metadata(class_names='["a", "b"]'), "do not fit a 784-6-2 network"),
        (with_metadata(class_names="7"), "does not say which network"),
        (with_metadata(class_names='"0123456789"'), "does not say which network"),
        (with_metadata(class_names="[0,1,2,3,4,5,6,7,8,9]"), "does not say which network"),
        (with_names("0", "0", *"23456789"), "cannot be used: Two classes have the same name: “0”"),
        (with_names("", *"123456789"), "cannot be used: The name of class 0 cannot be shown"),
        (with_names("a\nb", *"123456789"), "cannot be used: one is too long or has characters that cannot be shown"),
        (with_names("a\ud800", *"123456789"), "cannot be used: one is too long or has characters"),
        (with_names("a" * 41, *"123456789"), "cannot be used: one is too long or has characters"),
        (
            save(
                {n: a * np.float32(np.nan) for n, a in make_weights(CONFIG).items()},
                {"config": CONFIG.to_json(), "mean": "0", "std": "1"},
            ),
            "weights that are not numbers",
        ),
    ],
)
def test_anything_else_gets_a_sentence_and_leaves_nothing(store: RunStore, data: bytes, sentence: str) -> None:
    with pytest.raises(RunError, match=sentence):
        import_model(store, data, "x")
    assert store.runs() == []
    assert [path for path in store.files.root.rglob("*") if path.is_file()] == []


def test_a_kill_between_row_and_file_leaves_nothing_that_lasts(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_arguments: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        # Killed: nothing is tidied up either.
        patch.setattr(core.runs.model_file, "write_atomically", lambda path, data: die(path.write_bytes(data)))
        patch.setattr(Bin, "empty", die)
        with pytest.raises(SystemExit):
            import_model(store, write_model(make_model()), "x")
    assert store.runs() == []
    (folder,) = store.files.root.iterdir()
    assert [path.name for path in folder.iterdir()] == ["checkpoint.safetensors"]
    incoming = store.files.root / ".writing-incoming-abc"
    incoming.mkdir()
    long_ago = time.time() - 2 * ABANDONED_SECONDS
    os.utime(incoming, (long_ago, long_ago))
    home = store.files.root.parent
    store.close()
    after = RunStore(Settings(home=home))
    assert after.bin.empty_after_others() == [folder.name]
    after.mark_interrupted()
    assert list(after.files.root.iterdir()) == []
    after.close()


def test_a_full_disk_is_said_and_leaves_nothing(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(core.runs.model_file, "write_atomically", full)
    with pytest.raises(RunError, match=r"^The model cannot be kept: No space left on device\.$"):
        import_model(store, write_model(make_model()), "x")
    assert (store.runs(), list(store.files.root.iterdir())) == ([], [])


def test_a_file_that_is_too_large_is_not_looked_at(store: RunStore) -> None:
    with pytest.raises(RunError, match="larger than 351 MB"):
        import_model(store, bytes(MAX_BYTES + 1), "x")


@pytest.mark.parametrize(
    "config",
    [
        TrainConfig(widths="4096,4096,4096,4096"),
        TrainConfig(widths="4096,4096,4096,4096,4096,4096", batch_norm=True),
        TrainConfig(hidden_size=2048, hidden_layers=4, batch_norm=True),
        TrainConfig(architecture="cnn", widths="4096,4096,4096,4096,4096,4096"),
    ],
)
def test_no_network_that_can_be_trained_is_too_large(config: TrainConfig) -> None:
    shapes = weight_shapes(config, MOST_CLASSES)
    names = [f"{number} {'x' * 40}" for number in range(MOST_CLASSES)]
    # Of the weights themselves only the sizes count.
    small = write_model(NumpyModel("x" * 63, CONFIG, make_weights(CONFIG), Normalisation(1 / 3, 1 / 7), DIGIT_NAMES))
    said = len(small) + len(json.dumps(names)) + 100 * len(shapes)
    assert said + 4 * sum(map(math.prod, shapes.values())) < MAX_BYTES


def test_what_it_once_went_on_from_is_forgotten(store: RunStore) -> None:
    model = make_model(CONFIG.replace(start_from="gone-otter-000009"))
    assert import_model(store, write_model(model), "x").config.start_from == ""


@pytest.mark.parametrize("name", ["", "  ", "\u200b\u200e"])
def test_a_file_without_a_name_that_can_be_shown_is_brought_in_all_the_same(store: RunStore, name: str) -> None:
    run = import_model(store, write_model(make_model()), name)
    assert run.name == run.run_id.rpartition("-")[0]
    assert [kept.run_id for kept in store.runs()].count(run.run_id) == 1

"""``python -m core ablate`` and ``activations``."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.__main__ import BAD_INPUT, main
from core.commands.chosen import chosen_network
from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.mnist import load_mnist
from core.runs.model_file import write_model


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_file_that_counts_its_classes_backwards_is_the_same_network(tmp_path):
    demo = chosen_network("demo")
    backwards = {name: array[::-1] if name.startswith("layers.1.") else array for name, array in demo.weights.items()}
    path = tmp_path / "model.safetensors"
    path.write_bytes(write_model(replace(demo, weights=backwards, class_names=demo.class_names[::-1])))
    model = chosen_network(str(path))
    assert model.class_names == demo.class_names
    assert all((model.weights[name] == array).all() for name, array in demo.weights.items())


@pytest.mark.slow
def test_ablate_says_what_is_left_of_each_class(capsys, home):
    assert main(["ablate", "--run", "demo", "--units", "1:64,1:8"]) == 0
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    model, images = chosen_network("demo"), load_splits(TrainConfig()).validation
    hidden = model.layers(images.images)[1].copy()
    hidden[:, [8, 64]] = 0
    read = (hidden @ model.weights["layers.1.weight"].T + model.weights["layers.1.bias"]).argmax(axis=1)
    assert (line["run_id"], line["units"], line["part"], line["images"]) == (
        "demo",
        ["1:8", "1:64"],
        "validation",
        5000,
    )
    assert line["accuracy"] == pytest.approx((read == images.labels).mean())
    assert line["accuracy_before"] == pytest.approx(
        (model.probabilities(images.images).argmax(1) == images.labels).mean()
    )
    for label, found in enumerate(line["per_class"]):
        of_class = images.labels == label
        assert (found["label"], found["images"]) == (label, of_class.sum())
        assert found["accuracy"] == pytest.approx((read[of_class] == label).mean())
    # Nothing was asked of the store.
    assert not home.exists()


@pytest.mark.parametrize(
    ("units", "words"),
    [("1:128", "numbered 0 to 127"), ("2:0", "one hidden layer"), ("x", "LAYER:UNIT"), (" , ", "at least one unit")],
)
def test_units_that_are_not_there_are_refused(capsys, units, words):
    assert main(["ablate", "--units", units]) == BAD_INPUT
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert len(said.err.splitlines()) == 1


def test_activations_are_those_of_the_network(capsys, tmp_path):
    image = load_mnist("test").images[0]
    picture, broken = tmp_path / "seven.png", tmp_path / "broken.png"
    Image.fromarray(image).save(picture)
    broken.write_bytes(b"no picture")
    assert main(["activations", "--run", "demo", str(picture), str(broken)]) == BAD_INPUT
    said = capsys.readouterr()
    lines = list(map(json.loads, said.out.splitlines()))
    assert [(line["path"], line["layer"], line["kind"]) for line in lines] == [
        (str(picture), 1, "hidden"),
        (str(picture), 2, "logits"),
    ]
    assert [len(line["values"]) for line in lines] == [128, 10]
    assert int(np.argmax(lines[1]["values"])) == 7
    model = chosen_network("demo")
    again = model.dense(1, np.array([lines[0]["values"]], dtype=np.float32))[0]
    assert lines[1]["values"] == pytest.approx(again, abs=1e-4)
    assert len(said.err.splitlines()) == 1
    assert "broken.png" in said.err

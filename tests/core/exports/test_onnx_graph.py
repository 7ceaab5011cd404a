"""ONNX: what onnxruntime makes of the file is what the product’s own network says."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest

from core.config import TrainConfig
from core.data.dataset import ImageDataset
from core.exports.onnx_graph import onnx_bytes
from core.exports.subject import Subject, subject_of_path
from core.runs.archive import DEMO_DIRECTORY
from tests.core.exports.builders import CONFIGS, NASTY_CLASSES, make_images, make_subject

pytestmark = pytest.mark.numerics


def answers(subject: Subject, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    session = onnxruntime.InferenceSession(onnx_bytes(subject))
    return tuple(session.run(["logits", "probabilities"], {"images": images.reshape(-1, 784).astype(np.float32)}))


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_it_says_what_the_network_says(config: TrainConfig) -> None:
    subject, images = make_subject(config), make_images()
    logits, probabilities = answers(subject, images)
    expected = subject.model.logits(images)
    # Sums of large parts may cancel: their rounding is in proportion to the largest, and differs between processors.
    np.testing.assert_allclose(logits, expected, rtol=1e-5, atol=1e-5 * max(1, np.abs(expected).max() / 5))
    np.testing.assert_allclose(probabilities, subject.model.probabilities(images), rtol=0, atol=1e-5)
    onnx.checker.check_model(onnx.load_from_string(onnx_bytes(subject)), full_check=True)


def test_on_the_whole_test_set(mnist_test: ImageDataset) -> None:
    subject = subject_of_path(DEMO_DIRECTORY, DEMO_DIRECTORY)
    logits, probabilities = answers(subject, mnist_test.images)
    np.testing.assert_allclose(logits, subject.model.logits(mnist_test.images), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(probabilities, subject.model.probabilities(mnist_test.images), rtol=0, atol=1e-5)
    assert (probabilities.argmax(1) == mnist_test.labels).mean() == subject.run.test_accuracy


def test_a_network_without_any_positive_output_finds_all_classes_equal() -> None:
    subject = make_subject(TrainConfig(architecture="linear", loss="squared_error"))
    subject.model.weights["layers.0.bias"][...] = -1e6
    _, probabilities = answers(subject, make_images(3))
    np.testing.assert_allclose(probabilities, 1 / len(NASTY_CLASSES), rtol=1e-6)


def test_its_metadata_and_shapes() -> None:
    subject = make_subject(TrainConfig(hidden_size=3))
    session = onnxruntime.InferenceSession(onnx_bytes(subject))
    about = session.get_modelmeta().custom_metadata_map
    assert about["run_id"] == subject.run.run_id
    assert tuple(json.loads(about["class_names"])) == NASTY_CLASSES
    assert TrainConfig.from_json(about["config"]) == subject.config
    (image,) = session.get_inputs()
    assert (image.name, image.type, image.shape) == ("images", "tensor(float)", ["N", 784])
    assert [(out.name, out.shape) for out in session.get_outputs()] == [
        ("logits", ["N", 11]),
        ("probabilities", ["N", 11]),
    ]

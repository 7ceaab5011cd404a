"""The API over the demo run, and pieces of it with networks that do as a test says."""

import pytest
from starlette.applications import Starlette

from core.api.app import api_app
from core.api.runs import OneRun
from core.data.dataset import ImageDataset
from core.models.numpy_model import NumpyModel
from core.runs.archive import DEMO_DIRECTORY
from core.runs.model_tensors import read_model
from core.settings import Settings
from tests.core.api.asking import json_body


@pytest.fixture(scope="module")
def demo() -> NumpyModel:
    return read_model(DEMO_DIRECTORY / "checkpoint.safetensors")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    home = tmp_path_factory.mktemp("home")
    return api_app(OneRun(DEMO_DIRECTORY, home), Settings.from_environment({"DIGITLAB_HOME": str(home)}))


@pytest.fixture(scope="module")
def seven(mnist_test: ImageDataset) -> bytes:
    """A body with one digit."""
    return json_body(mnist_test.images[:1])

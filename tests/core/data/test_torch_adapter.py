"""Held to torchvision's own class, which reads the very same files."""

import gzip
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from core.data.catalogue import Catalogue
from core.data.dataset import ImageDataset
from core.data.mnist import MNIST_DIRECTORY
from core.data.torch_adapter import TorchImages


@pytest.fixture(scope="module")
def scaled(torchvision: ModuleType) -> Callable[..., torch.Tensor]:
    transforms = torchvision.transforms
    return transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])


@pytest.fixture(scope="module")
def torchvision_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("torchvision")
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in MNIST_DIRECTORY.glob("*.gz"):
        (raw / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    return root


@pytest.mark.parametrize("is_scaled", [False, True])
def test_gives_what_torchvision_gives(
    torchvision: ModuleType, scaled: Callable, torchvision_root: Path, mnist_test: ImageDataset, is_scaled: bool
) -> None:
    usual = torchvision.transforms.ToTensor()
    theirs = torchvision.datasets.MNIST(torchvision_root, train=False, transform=scaled if is_scaled else usual)
    ours = TorchImages(mnist_test, scaled if is_scaled else None)
    assert len(ours) == len(theirs) == 10_000
    for index in (0, 1, 4_999, 9_999, -1):
        (image, label), (expected, expected_label) = ours[index], theirs[index]
        assert label == expected_label
        assert image.dtype == expected.dtype
        assert torch.equal(image, expected)


def test_a_transform_gets_the_image_that_torchvision_would_give_it(
    torchvision: ModuleType, torchvision_root: Path, mnist_test: ImageDataset
) -> None:
    ours, _ = TorchImages(mnist_test, lambda image: image)[3]
    theirs, _ = torchvision.datasets.MNIST(torchvision_root, train=False)[3]
    assert (ours.mode, ours.size) == (theirs.mode, theirs.size)
    assert ours.tobytes() == theirs.tobytes()


def test_a_data_loader_gives_whole_batches_of_every_image_once(mnist_test: ImageDataset) -> None:
    few = mnist_test.subset(np.arange(100))
    loader = DataLoader(TorchImages(few), batch_size=32, shuffle=True)
    batches = list(loader)
    assert [tuple(images.shape) for images, _ in batches] == [(32, 1, 28, 28)] * 3 + [(4, 1, 28, 28)]
    labels = torch.cat([labels for _, labels in batches])
    assert torch.equal(labels.sort().values, torch.from_numpy(np.sort(few.labels)))
    total = sum(float(images.double().sum()) for images, _ in batches)
    assert total == pytest.approx(float(few.images.sum()) / 255, rel=1e-6)


@pytest.mark.slow
def test_worker_processes_get_it_too_and_any_data_set_will_do(scaled: Callable) -> None:
    digits = Catalogue().load("sklearn-digits").train
    loader = DataLoader(TorchImages(digits, scaled), batch_size=500, num_workers=1)
    assert sum(len(labels) for _, labels in loader) == 1_797


def test_beyond_the_end_there_is_nothing(mnist_test: ImageDataset) -> None:
    with pytest.raises(IndexError):
        TorchImages(mnist_test)[10_000]

"""What torchvision knows about its datasets: where their files are, what their MD5 is, how they are read.

Only the process of a download calls what is in here: it imports torchvision, which takes seconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import DIGIT_NAMES
from core.data.importing.assemble import RawPart, frame_all
from core.data.importing.emnist import ON_THEIR_SIDE, emnist_split, upright

_CHUNK = 2048


@dataclass(frozen=True)
class Resource:
    """One file of a dataset.

    Parameters
    ----------
    urls
        Where to try, in this order.
    folder
        Where torchvision looks for it, below its root.
    """

    file_name: str
    urls: tuple[str, ...]
    md5: str
    folder: str = ""


@dataclass(frozen=True)
class TorchvisionSet:
    """A dataset of torchvision.

    Parameters
    ----------
    read
        Reads one part from torchvision's root: training images if True, test images if False.
    unzips
        Members of a zip among the resources that are needed; empty where there is no zip.
    notes
        What is done to the images, for the report.
    """

    resources: tuple[Resource, ...]
    read: Callable[[Path, bool], RawPart]
    class_names: tuple[str, ...] = DIGIT_NAMES
    unzips: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def torchvision_set(name: str) -> TorchvisionSet:
    """One of ``DOWNLOADS``, with what the installed torchvision says about it; imports torchvision."""
    if name.startswith("emnist-"):
        return _emnist(name.removeprefix("emnist-"))
    return _MAKERS[name]()


def _like_mnist(class_name: str, class_names: tuple[str, ...] = ()) -> TorchvisionSet:
    """MNIST and those that come in four files of the same names."""
    from torchvision import datasets

    source: Any = getattr(datasets, class_name)
    resources = tuple(
        Resource(file_name, tuple(mirror + file_name for mirror in source.mirrors), md5, f"{class_name}/raw")
        for file_name, md5 in source.resources
    )

    def read(root: Path, is_train: bool) -> RawPart:
        return _tensors(source(root, train=is_train))

    return TorchvisionSet(resources, read, class_names or DIGIT_NAMES)


def _qmnist() -> TorchvisionSet:
    from torchvision.datasets import QMNIST

    resources = tuple(
        Resource(url.rpartition("/")[2], (url,), md5, "QMNIST/raw")
        for part in ("train", "test")
        for url, md5 in QMNIST.resources[part]
    )

    def read(root: Path, is_train: bool) -> RawPart:
        part = QMNIST(root, train=is_train)
        # Eight numbers about each image, of which the first is its class.
        return RawPart(part.data.numpy(), part.targets[:, 0].numpy())

    return TorchvisionSet(resources, read)


def _emnist(split: str) -> TorchvisionSet:
    from torchvision.datasets import EMNIST

    particulars = emnist_split(split)
    assert particulars is not None
    members = tuple(
        f"gzip/emnist-{split}-{part}-{kind}-ubyte.gz"
        for part in ("train", "test")
        for kind in ("images-idx3", "labels-idx1")
    )

    def read(root: Path, is_train: bool) -> RawPart:
        part = _tensors(EMNIST(root, split, train=is_train))
        return RawPart(upright(part.images), particulars.labels(part.labels))

    resource = Resource("gzip.zip", (EMNIST.url,), EMNIST.md5, "EMNIST/raw")
    notes = (ON_THEIR_SIDE,)
    return TorchvisionSet((resource,), read, particulars.class_names, members, notes)


def _usps() -> TorchvisionSet:
    from torchvision.datasets import USPS

    def read(root: Path, is_train: bool) -> RawPart:
        part = USPS(root, train=is_train)
        return RawPart(frame_all(part.data), np.asarray(part.targets, dtype=np.int64))

    notes = ("The images were 16×16 pixels: their digits have been enlarged to 20 pixels and centred like MNIST’s.",)
    return TorchvisionSet(_two_files(USPS), read, notes=notes)


def _svhn() -> TorchvisionSet:
    from torchvision.datasets import SVHN

    def read(root: Path, is_train: bool) -> RawPart:
        part = SVHN(root, "train" if is_train else "test")
        return RawPart(grey(part.data), part.labels)

    notes = (
        "The photographs were in colour: they have been converted to grey.",
        "Some digits are lighter than their background, others darker.",
    )
    return TorchvisionSet(_two_files(SVHN), read, notes=notes)


def _two_files(source: Any) -> tuple[Resource, ...]:
    files = (source.split_list[part] for part in ("train", "test"))
    return tuple(Resource(file_name, (url,), md5) for url, file_name, md5 in files)


def grey(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Brightness of images ``(N, 3, H, W)`` as the eye weighs colours (ITU-R BT.601); shape ``(N, H, W)``."""
    brightness = np.empty((len(colours), *colours.shape[2:]), np.uint8)
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    for start in range(0, len(colours), _CHUNK):
        chunk = colours[start : start + _CHUNK].astype(np.float32)
        brightness[start : start + _CHUNK] = np.rint(np.einsum("ncyx,c->nyx", chunk, weights))
    return brightness


def _tensors(part: Any) -> RawPart:
    return RawPart(part.data.numpy(), part.targets.numpy().astype(np.int64))


_CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_HIRAGANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
_MAKERS: Mapping[str, Callable[[], TorchvisionSet]] = MappingProxyType(
    {
        "mnist": lambda: _like_mnist("MNIST"),
        "qmnist": _qmnist,
        "fashion-mnist": lambda: _like_mnist("FashionMNIST", _CLOTHES),
        "kmnist": lambda: _like_mnist("KMNIST", _HIRAGANA),
        "usps": _usps,
        "svhn": _svhn,
    }
)

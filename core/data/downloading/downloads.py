"""The datasets that torchvision knows how to download; the download itself runs in a process of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.data.framing import Framing
from core.errors import DataError

WORK_FOLDER = "downloads"
"""Inside the home: where files lie while they are fetched; nothing stays there."""


@dataclass(frozen=True)
class Download:
    """A dataset that can be downloaded.

    Parameters
    ----------
    name
        For ``python -m core download NAME``.
    megabytes
        About how much is transferred.
    framing
        How its pictures were brought to 28×28, by those who published them or by the reader here.
    """

    name: str
    title: str
    description: str
    megabytes: int
    framing: Framing = Framing.MNIST


_ALL = (
    Download("mnist", "MNIST (download)", "70,000 handwritten digits: the same as the embedded ones.", 12),
    Download(
        "qmnist",
        "QMNIST",
        "MNIST rebuilt from its sources: 60,000 digits to train on, and 60,000 instead of 10,000 to test on.",
        20,
    ),
    Download("emnist-digits", "EMNIST digits", "280,000 handwritten digits from the same forms as MNIST’s.", 562),
    Download(
        "emnist-letters", "EMNIST letters", "145,600 handwritten letters, upper and lower case as one class.", 562
    ),
    Download("emnist-balanced", "EMNIST balanced", "131,600 digits and letters in 47 classes of equal size.", 562),
    Download("fashion-mnist", "FashionMNIST", "70,000 images of clothing in ten classes.", 31, Framing.RESIZED),
    Download("kmnist", "KMNIST", "70,000 handwritten hiragana in ten classes.", 21, Framing.RESIZED),
    Download("usps", "USPS", "9,298 digits from envelopes, 16×16, enlarged to 28×28.", 9),
    Download(
        "svhn",
        "SVHN",
        "99,289 house numbers from photographs, 32×32 in colour, converted to grey 28×28.",
        246,
        Framing.RESIZED,
    ),
)

DOWNLOADS: Mapping[str, Download] = MappingProxyType({download.name: download for download in _ALL})


def find_download(name: str) -> Download:
    """One of ``DOWNLOADS``.

    Raises
    ------
    DataError
        If there is none of this name.
    """
    if name not in DOWNLOADS:
        raise DataError(f"There is no download called “{name[:64]}”; there are {', '.join(DOWNLOADS)}.")
    return DOWNLOADS[name]

"""Downloads from a small mirror on loopback, read by torchvision's own classes as well."""

import bz2
import gzip
import hashlib
import io
import json
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import scipy.io

from core.__main__ import main
from core.data.catalogue import Catalogue
from core.data.downloading import fetching
from core.data.downloading.downloads import DOWNLOADS, WORK_FOLDER
from core.data.downloading.fetching import download
from core.data.downloading.process import DownloadProcess
from core.data.downloading.torchvision_sets import grey, torchvision_set
from core.data.importing.assemble import frame_all
from core.errors import DataError
from tests.core.data.importing.builders import digits, idx_bytes, zip_bytes

FOUR = ("mnist", "fashion-mnist", "kmnist")
SIZES = {"train": 40, "test": 20}


@dataclass
class Mirror:
    """Serves bytes by name; one that is held sends its first half and waits."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    held: str = ""
    asked: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def checksums(self) -> dict[str, str]:
        return {name: hashlib.md5(content).hexdigest() for name, content in self.files.items()}


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    mirror = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/data/")
            content = mirror.files.get(name)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            half = len(content) // 2
            self.wfile.write(content[:half])
            if name == mirror.held:
                mirror.asked.set()
                mirror.released.wait(60)
            self.wfile.write(content[half:])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        mirror.url = f"http://127.0.0.1:{server.server_address[1]}/data"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield mirror
        mirror.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def parts(classes: int = 10, side: int = 28) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {
        part: digits(count, seed=index, classes=classes, side=side) for index, (part, count) in enumerate(SIZES.items())
    }


def four_files(prefixes: dict[str, str], images: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, bytes]:
    files = {}
    for part, prefix in prefixes.items():
        files[f"{prefix}-images-idx3-ubyte.gz"] = idx_bytes(images[part][0], zipped=True)
        files[f"{prefix}-labels-idx1-ubyte.gz"] = idx_bytes(images[part][1], zipped=True)
    return files


def fetch(name: str, home: Path, mirror: Mirror):
    said: list[tuple[float, str]] = []
    entry, _ = download(
        name,
        home,
        lambda fraction, sentence: said.append((fraction, sentence)),
        mirror=mirror.url,
        checksums=mirror.checksums,
    )
    fractions = [fraction for fraction, _ in said]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] <= 1
    assert not list((home / WORK_FOLDER).iterdir())
    published = Catalogue(home).load(entry.name)
    assert published.test is not None
    assert (entry.images, entry.test_images) == (SIZES["train"], SIZES["test"])
    return {"train": published.train, "test": published.test}


@pytest.mark.slow
@pytest.mark.parametrize("name", FOUR)
def test_sets_like_mnist(torchvision: ModuleType, name: str, home: Path, mirror: Mirror) -> None:
    images = parts()
    mirror.files = four_files({"train": "train", "test": "t10k"}, images)
    ours = fetch(name, home, mirror)
    for part, (expected, labels) in images.items():
        np.testing.assert_array_equal(ours[part].images, expected)
        np.testing.assert_array_equal(ours[part].labels, labels)
    source = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "kmnist": "KMNIST"}[name]
    # torchvision writes MNIST's as “0 - zero”.
    theirs = [one.partition(" - ")[0] for one in getattr(torchvision.datasets, source).classes]
    assert list(ours["train"].class_names) == theirs


def test_qmnist(home: Path, mirror: Mirror) -> None:
    images = parts()
    for part, (pixels, labels) in images.items():
        eight = np.zeros((len(labels), 8), ">i4")
        eight[:, 0], eight[:, 1:] = labels, 70_000
        header = struct.pack(">BBBB2I", 0, 0, 12, 2, *eight.shape)
        mirror.files[f"qmnist-{part}-images-idx3-ubyte.gz"] = idx_bytes(pixels, zipped=True)
        mirror.files[f"qmnist-{part}-labels-idx2-int.gz"] = gzip.compress(header + eight.tobytes())
    ours = fetch("qmnist", home, mirror)
    for part, (pixels, labels) in images.items():
        np.testing.assert_array_equal(ours[part].images, pixels)
        np.testing.assert_array_equal(ours[part].labels, labels)


@pytest.mark.parametrize(("split", "classes", "first"), [("digits", 10, 0), ("letters", 26, 1), ("balanced", 47, 0)])
def test_emnist_is_put_upright_and_counted_from_zero(
    torchvision: ModuleType, split: str, classes: int, first: int, home: Path, mirror: Mirror
) -> None:
    images = parts(classes=classes)
    lying = {part: (pixels.transpose(0, 2, 1), labels + first) for part, (pixels, labels) in images.items()}
    files = four_files({part: f"gzip/emnist-{split}-{part}" for part in SIZES}, lying)
    mirror.files = {"gzip.zip": zip_bytes(files | {"gzip/other.gz": b"not needed"})}
    ours = fetch(f"emnist-{split}", home, mirror)
    theirs = torchvision.datasets.EMNIST.classes_split_dict[split]
    for part, (pixels, labels) in images.items():
        np.testing.assert_array_equal(ours[part].images, pixels)
        np.testing.assert_array_equal(ours[part].labels, labels)
        for label in labels.tolist():
            name = theirs[label + first]
            assert ours[part].class_names[label] == (name.upper() if split == "letters" else name)
    assert len(ours["train"].class_names) == classes


def test_usps_is_brought_to_28(torchvision: ModuleType, home: Path, mirror: Mirror, tmp_path: Path) -> None:
    images = parts(side=16)
    for part, (pixels, labels) in images.items():
        lines = [
            f"{label + 1} " + " ".join(f"{i}:{value:.6f}" for i, value in enumerate(image.ravel() / 127.5 - 1, 1))
            for image, label in zip(pixels, labels, strict=True)
        ]
        name = {"train": "usps.bz2", "test": "usps.t.bz2"}[part]
        mirror.files[name] = bz2.compress("\n".join(lines).encode())
        (tmp_path / name).write_bytes(mirror.files[name])
    ours = fetch("usps", home, mirror)
    for part, (_, labels) in images.items():
        theirs = torchvision.datasets.USPS(tmp_path, train=part == "train")
        np.testing.assert_array_equal(ours[part].labels, labels)
        np.testing.assert_array_equal(ours[part].labels, theirs.targets)
        np.testing.assert_array_equal(ours[part].images, frame_all(theirs.data))


def test_svhn_becomes_grey_and_small(
    torchvision: ModuleType, home: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = np.random.default_rng(0)
    colours, labels = {}, {}
    for part, count in SIZES.items():
        colours[part] = generator.integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)
        labels[part] = np.arange(count) % 10
        buffer = io.BytesIO()
        # The files call a 0 “10”.
        stored = np.where(labels[part] == 0, 10, labels[part]).astype(np.uint8)[:, None]
        scipy.io.savemat(buffer, {"X": colours[part].transpose(2, 3, 1, 0), "y": stored})
        mirror.files[f"{part}_32x32.mat"] = buffer.getvalue()
    # torchvision checks these files once more as it reads them.
    known = {part: [f"http://x/{part}_32x32.mat", f"{part}_32x32.mat"] for part in SIZES}
    lists = {part: [*known[part], mirror.checksums[known[part][1]]] for part in SIZES}
    monkeypatch.setattr(torchvision.datasets.SVHN, "split_list", lists)
    ours = fetch("svhn", home, mirror)
    for part, count in SIZES.items():
        np.testing.assert_array_equal(ours[part].labels, labels[part])
        assert ours[part].images.shape == (count, 28, 28)
        assert abs(float(ours[part].images.mean()) - float(grey(colours[part]).mean())) < 1


def test_grey_is_pillows_grey() -> None:
    from PIL import Image

    colours = np.random.default_rng(1).integers(0, 256, (5, 3, 32, 32), dtype=np.uint8)
    for image, ours in zip(colours, grey(colours), strict=True):
        theirs = np.asarray(Image.fromarray(image.transpose(1, 2, 0)).convert("L"))
        assert np.abs(ours.astype(int) - theirs).max() <= 1


def test_every_download_is_known_to_torchvision() -> None:
    for name in DOWNLOADS:
        resources = torchvision_set(name).resources
        assert all(len(one.md5) == 32 and one.urls for one in resources)


# --- what goes wrong ---


@pytest.fixture
def refused(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """A download from the command line that fails; nothing is left of it."""
    monkeypatch.setenv("DIGITLAB_HOME", str(home))

    def refuse(*arguments: str) -> str:
        assert main(["download", *arguments]) == 2
        assert [entry for entry in Catalogue(home).entries() if not entry.is_built_in] == []
        assert [path for path in home.rglob("*") if path.is_file()] == []
        return capsys.readouterr().err.strip()

    return refuse


def test_other_files_than_the_published_ones_are_refused(refused, mirror: Mirror) -> None:
    mirror.files = four_files({"train": "train", "test": "t10k"}, parts())
    assert refused("kmnist", "--mirror", mirror.url) == (
        "KMNIST could not be downloaded: train-images-idx3-ubyte.gz is not the published file (its MD5 differs). "
        "Check the network, or import files that you have."
    )


def test_a_mirror_that_lacks_a_file_and_one_that_is_not_there(refused, mirror: Mirror) -> None:
    assert "the server answers 404 Not Found" in refused("kmnist", "--mirror", mirror.url)
    sentence = refused("kmnist", "--mirror", "http://127.0.0.1:99999999999999999999")
    assert sentence.startswith("KMNIST could not be downloaded: ")
    sentence = refused("kmnist", "--mirror", "http://127.0.0.1:9")
    assert sentence.startswith("KMNIST could not be downloaded: there is no network, or its server does not answer.")
    assert "must begin with http" in refused("kmnist", "--mirror", "file:///etc")
    assert refused("cifar").startswith("There is no download called “cifar”; there are mnist, qmnist, ")


def test_files_that_match_their_checksum_and_are_damaged_all_the_same(refused, mirror: Mirror, tmp_path: Path) -> None:
    files = four_files({"train": "train", "test": "t10k"}, parts())
    checksums = tmp_path / "checksums.json"
    for content in (b"\x1f\x8b no gzip", gzip.compress(b"\0\0\x08\x03\0\0\0\x05"), gzip.compress(b"")):
        mirror.files = files | {"train-images-idx3-ubyte.gz": content}
        checksums.write_text(json.dumps(mirror.checksums))
        sentence = refused("kmnist", "--mirror", mirror.url, "--checksums", str(checksums))
        assert "cannot be" in sentence
        assert "Traceback" not in sentence


def test_what_a_mirror_sent_in_vain_does_not_count(
    torchvision: ModuleType, home: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first address gives six megabytes of something else; the second gives the file."""
    mirror.files = four_files({"train": "train", "test": "t10k"}, parts())
    size = sum(map(len, mirror.files.values()))
    mirror.files["wrong/train-images-idx3-ubyte.gz"] = bytes(6_000_000)
    monkeypatch.setattr(torchvision.datasets.MNIST, "mirrors", [f"{mirror.url}/wrong/", f"{mirror.url}/"])
    said: list[tuple[float, str]] = []
    download("mnist", home, lambda *told: said.append(told), checksums=mirror.checksums)
    downloading = [told for told in said if told[1].startswith("Downloading")]
    assert max(downloading)[1] == "Downloading MNIST (download): 6.0 MB …"
    fraction, sentence = downloading[-1]
    assert sentence == f"Downloading MNIST (download): {size / 1e6:.1f} MB …"
    assert fraction == pytest.approx(0.9 * size / 12e6)


def test_a_mirror_that_never_ends_is_given_up(home: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 1_000_000)
    mirror.files = {"train-images-idx3-ubyte.gz": bytes(2_000_000)}
    with pytest.raises(DataError, match=r"^KMNIST is far larger than it should be: the download was cancelled\.$"):
        download("kmnist", home, lambda *_: None, mirror=mirror.url)


# --- in a process of its own ---


def until(condition, seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


@pytest.fixture
def fashion(mirror: Mirror, tmp_path: Path) -> Path:
    mirror.files = four_files({"train": "train", "test": "t10k"}, parts())
    checksums = tmp_path / "checksums.json"
    checksums.write_text(json.dumps(mirror.checksums))
    return checksums


@pytest.mark.slow
def test_a_process_tells_how_it_stands_and_can_be_stopped(home: Path, mirror: Mirror, fashion: Path) -> None:
    mirror.held = "t10k-images-idx3-ubyte.gz"
    process = DownloadProcess.start("fashion-mnist", home, mirror=mirror.url, checksums=fashion)
    try:
        assert process.snapshot().status == "running"
        until(mirror.asked.is_set)
        until(lambda: process.snapshot().sentence.startswith("Downloading FashionMNIST: "))
        assert list((home / WORK_FOLDER).iterdir())
    finally:
        process.stop()
    assert process.snapshot().status == "stopped"
    assert [path for path in home.rglob("*") if path.is_file()] == []
    process.stop()
    assert process.snapshot().sentence == "The download was stopped."


@pytest.mark.slow
def test_a_process_that_ends_well_and_one_that_does_not(home: Path, mirror: Mirror, fashion: Path) -> None:
    good = DownloadProcess.start("fashion-mnist", home, mirror=mirror.url, checksums=fashion)
    bad = DownloadProcess.start("kmnist", home, mirror=mirror.url, checksums=home / "nowhere.json")
    snapshot = good.wait(90)
    assert (snapshot.status, snapshot.fraction) == ("done", 1.0)
    assert Catalogue(home).entry(snapshot.dataset).title == "FashionMNIST"
    snapshot = bad.wait(90)
    assert snapshot.status == "failed"
    assert snapshot.sentence.startswith("The checksums in ")
    assert list((home / WORK_FOLDER).iterdir()) == []


def test_a_download_that_does_not_exist(home: Path) -> None:
    with pytest.raises(DataError, match="There is no download called “cifar”"):
        DownloadProcess.start("cifar", home)
    assert not home.exists()

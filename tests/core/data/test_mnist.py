import gzip
import hashlib
import shutil
import struct

import numpy as np
import pytest

from core.data.mnist import MNIST_DIRECTORY, load_mnist
from core.errors import DataError


@pytest.fixture(scope="module")
def official_test():
    return load_mnist("test")


@pytest.mark.slow
def test_embedded_mnist_is_the_published_one(official_test):
    train = load_mnist("train")
    assert train.images.shape == (60_000, 28, 28)
    assert official_test.images.shape == (10_000, 28, 28)
    # Figures that are in every description of MNIST.
    assert np.bincount(train.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(official_test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert train.images.mean() / 255 == pytest.approx(0.1307, abs=1e-4)
    assert train.images.std() / 255 == pytest.approx(0.3081, abs=1e-4)


def test_content_is_what_gzip_and_struct_say(official_test):
    content = gzip.decompress((MNIST_DIRECTORY / "t10k-images-idx3-ubyte.gz").read_bytes())
    assert struct.unpack(">4I", content[:16]) == (0x803, 10_000, 28, 28)
    assert hashlib.sha256(content[16:]).digest() == hashlib.sha256(official_test.images.tobytes()).digest()


def test_arrays_are_shared_and_cannot_be_changed(official_test):
    assert official_test.labels.dtype == np.int64
    for array in (official_test.images, official_test.labels, official_test.file_indices):
        assert not array.flags.writeable


@pytest.fixture
def directory(tmp_path):
    return shutil.copytree(MNIST_DIRECTORY, tmp_path / "mnist")


def test_reads_another_directory(directory, official_test):
    assert load_mnist("test", directory).digest == official_test.digest


@pytest.mark.parametrize("name", ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", "SHA256SUMS"])
def test_a_missing_file_is_named(directory, name):
    (directory / name).unlink()
    with pytest.raises(DataError, match=name):
        load_mnist("test", directory)


def test_another_content_is_refused(directory):
    path = directory / "t10k-labels-idx1-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[100] = (content[100] + 1) % 10
    path.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(DataError, match=r"t10k-labels.*SHA-256"):
        load_mnist("test", directory)


@pytest.mark.parametrize("text", ["", "# nothing\n", "nonsense\n", "\xff"])
def test_a_damaged_list_of_checksums_is_no_permission(directory, text):
    (directory / "SHA256SUMS").write_text(text, encoding="latin-1")
    with pytest.raises(DataError, match="SHA256SUMS"):
        load_mnist("test", directory)


def test_the_sentence_says_how_to_restore_the_embedded_files(directory, monkeypatch):
    monkeypatch.setattr("core.data.mnist.MNIST_DIRECTORY", directory)
    (directory / "t10k-labels-idx1-ubyte.gz").write_bytes(b"\x1f\x8b broken")
    with pytest.raises(DataError, match="git checkout data/mnist"):
        load_mnist("test")

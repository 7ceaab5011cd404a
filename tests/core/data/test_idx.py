import gzip
import hashlib
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from core.data.idx import MAX_BYTES, read_idx
from core.errors import DataError


def idx(array: np.ndarray) -> bytes:
    """Write the format independently of the reader."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def array() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)


@pytest.mark.parametrize("shape", [(0,), (1,), (300,), (4, 6), (7, 28, 28), (2, 3, 4, 5), (0, 28, 28)])
@pytest.mark.parametrize("zipped", [False, True])
def test_reads_what_was_written(shape, zipped, tmp_path: Path):
    array = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    content = gzip.compress(idx(array)) if zipped else idx(array)
    path = tmp_path / "file"
    path.write_bytes(content)
    for source in (path, content):
        result = read_idx(source, expected_sha256=hashlib.sha256(idx(array)).hexdigest())
        assert result.dtype == np.uint8
        assert result.shape == shape
        assert np.array_equal(result, array)


def test_result_is_read_only(array):
    assert not read_idx(idx(array)).flags.writeable


def test_gzip_of_several_members_is_one_file(array):
    content = idx(array)
    assert np.array_equal(read_idx(gzip.compress(content[:20]) + gzip.compress(content[20:])), array)


def damaged_crc(content: bytes) -> bytes:
    return content[:-8] + bytes([content[-8] ^ 1]) + content[-7:]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda plain: b"", "empty"),
        (lambda plain: plain[:3], "cut off"),
        (lambda plain: plain[:9], "cut off"),
        (lambda plain: plain[:-1], "cut off"),
        (lambda plain: plain + b"x", "more bytes follow"),
        (lambda plain: b"\x89PNG" + plain, "not an IDX file"),
        (lambda plain: b"\0\0\x0d" + plain[3:], "0x0d"),
        (lambda plain: b"\0\0\x08\x00" + plain[4:], "not an IDX file"),
        (lambda plain: b"\0\0\x08\x05" + plain[4:], "not an IDX file"),
        (lambda plain: gzip.compress(b""), "empty"),
        (lambda plain: gzip.compress(plain[:9]), "cut off"),
        (lambda plain: gzip.compress(plain[:-1]), "cut off"),
        (lambda plain: gzip.compress(plain + b"x"), "more bytes follow"),
        (lambda plain: gzip.compress(plain)[:-9], "cut off"),
        (lambda plain: gzip.compress(plain)[:12], "cut off"),
        (lambda plain: b"\x1f\x8b", "cut off"),
        (lambda plain: b"\x1f\x8b" + b"\xff" * 60, "damaged"),
        (lambda plain: damaged_crc(gzip.compress(plain)), "damaged"),
        (lambda plain: gzip.compress(plain) + b"trailing garbage", "damaged"),
    ],
)
def test_damage_gives_one_sentence(array, change, words):
    with pytest.raises(DataError, match=words) as caught:
        read_idx(change(idx(array)))
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_missing_file_and_directory_give_a_sentence(tmp_path):
    with pytest.raises(DataError, match=r"nothing\.gz is missing"):
        read_idx(tmp_path / "nothing.gz")
    with pytest.raises(DataError, match="cannot be read"):
        read_idx(tmp_path)


def test_wrong_checksum_is_refused(array):
    with pytest.raises(DataError, match="SHA-256"):
        read_idx(idx(array), expected_sha256="0" * 64)


def test_a_bit_flipped_in_every_place_is_never_read_as_if_nothing_were_wrong(array):
    plain = idx(array)
    digest = hashlib.sha256(plain).hexdigest()
    content = gzip.compress(plain)
    for place in range(len(content)):
        broken = bytearray(content)
        broken[place] ^= 0x10
        try:
            result = read_idx(bytes(broken), expected_sha256=digest)
        except DataError:
            continue
        assert np.array_equal(result, array), "only fields of the gzip header that carry no content may change"


def peak_memory(content: bytes) -> int:
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            read_idx(content)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "shape",
    [(0xFFFFFFFF,) * 4, (0xFFFFFFFF, 28, 28), (MAX_BYTES,), (MAX_BYTES + 1,), (0, 0xFFFFFFFF, 0xFFFFFFFF)],
)
def test_a_header_that_promises_too_much_takes_no_memory(shape):
    header = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)
    for content in (header + b"abc", gzip.compress(header + b"abc")):
        assert peak_memory(content) < 4 << 20


@pytest.mark.slow
def test_a_gzip_bomb_takes_no_memory():
    compressed = gzip.compress(idx(np.zeros((10, 28, 28), dtype=np.uint8)) + bytes(200 << 20), compresslevel=6)
    assert len(compressed) < 1 << 20
    assert peak_memory(compressed) < 8 << 20

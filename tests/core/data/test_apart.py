"""Reading in a process of its own: what comes back, and that no fault of a reader reaches this process."""

import io
import os
from pathlib import Path

import numpy as np
import pytest

from core.data.apart import Limits, one_process, read_apart
from core.errors import DataError, UploadError

READERS = "tests.core.data.apart_readers"


def read(reader: str, source: "Path | bytes | io.BytesIO" = b"abc", **options: object) -> dict[str, np.ndarray]:
    limits = Limits(seconds=20.0 if reader != "endless" else 1.5, megabytes=1_000)
    return read_apart(f"{READERS}:{reader}", source, name="x.mat", what="MATLAB", limits=limits, options=options)


def test_arrays_come_back_from_another_process(tmp_path: Path) -> None:
    path = tmp_path / "x.mat"
    path.write_bytes(b"abc")
    for source in (path, b"abc", io.BytesIO(b"abc")):
        arrays = read("good", source, factor=2)
        assert arrays["bytes"].tolist() == [194, 196, 198]
        assert int(arrays["pid"]) != os.getpid()


@pytest.mark.parametrize(
    ("reader", "sentence"),
    [
        ("refusing", "“abc” is not what it seems."),
        ("failing", "x.mat is damaged: reading it as MATLAB failed. Save it again, or convert it."),
        ("crashing", "x.mat is damaged: reading it as MATLAB failed. Save it again, or convert it."),
        ("objects", "x.mat is damaged: reading it as MATLAB failed. Save it again, or convert it."),
        ("endless", "x.mat takes longer than 2 seconds to read: make it smaller."),
        ("greedy", "x.mat takes more memory to read than is allowed: make it smaller."),
    ],
)
def test_a_fault_of_a_reader_costs_one_sentence(reader: str, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        read(reader)
    assert str(caught.value) == sentence


@pytest.mark.slow
def test_files_that_are_read_together_share_a_process_and_one_that_ends_it_takes_none_along() -> None:
    with one_process():
        first, second = read("good"), read("good")
        with pytest.raises(DataError, match="not what it seems"):
            read("refusing")
        third = read("good")
        with pytest.raises(DataError, match="is damaged"):
            read("crashing")
        fourth = read("good")
        with pytest.raises(DataError, match="is damaged"):
            read("chatty")
    assert int(first["pid"]) == int(second["pid"]) == int(third["pid"]) != int(fourth["pid"])
    for process in {int(first["pid"]), int(fourth["pid"])}:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_what_others_have_left_in_the_process_is_not_a_files_fault() -> None:
    with one_process():
        read("good")
        assert read("alone")["is_alone"]


def test_a_file_that_is_too_large_or_not_there_is_not_read(tmp_path: Path) -> None:
    small = Limits(file_megabytes=0)
    with pytest.raises(UploadError, match=r"^x\.heic is larger than 0 MB, the most that can be read\.$"):
        read_apart(f"{READERS}:good", b"abc", name="x.heic", what="HEIC", limits=small, error=UploadError)
    with pytest.raises(DataError, match=r"^x\.mat cannot be read as MATLAB"):
        read("good", tmp_path / "nothing")

import numpy as np
import pytest

from core.analysis.map_cache import read_map, write_map


@pytest.fixture
def points() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(50, 2))


def test_a_map_comes_back_as_it_was(tmp_path, points):
    path = tmp_path / "deep" / "map.npy"
    write_map(path, points)
    assert np.array_equal(read_map(path, 50), points)
    assert [file.name for file in path.parent.iterdir()] == ["map.npy"]


@pytest.mark.parametrize(
    "content",
    [
        np.zeros((49, 2)),
        np.zeros((50, 2), dtype=np.float32),
        np.full((50, 2), np.nan),
        np.array([{"never": "unpickled"}] * 50, dtype=object),
    ],
)
def test_what_is_no_map_of_this_sample_is_not_taken(tmp_path, content):
    np.save(tmp_path / "map.npy", content, allow_pickle=True)
    assert read_map(tmp_path / "map.npy", 50) is None


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93NUMPY\x01\x00"])
def test_a_damaged_file_is_not_taken(tmp_path, content):
    (tmp_path / "map.npy").write_bytes(content)
    assert read_map(tmp_path / "map.npy", 50) is None
    assert read_map(tmp_path / "missing.npy", 50) is None


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path, points):
    (tmp_path / "file").write_text("in the way")
    write_map(tmp_path / "file" / "map.npy", points)
    assert read_map(tmp_path / "file" / "map.npy", 50) is None


def test_a_map_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path, points):
    (tmp_path / "map.npy").mkdir()
    write_map(tmp_path / "map.npy", points)
    assert [path.name for path in tmp_path.iterdir()] == ["map.npy"]

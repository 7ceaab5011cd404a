"""Networks at earlier places of runs are read once, and again when their file has changed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import RunError
from core.runs.records import Run
from core.runs.store import RunStore
from ui.shell import earlier


@pytest.fixture(autouse=True)
def nothing_held() -> Iterator[None]:
    earlier._held.clear()
    yield
    earlier._held.clear()


def test_it_is_read_once_until_its_file_is_another(store: RunStore, trained_run: Run, tmp_path: Path) -> None:
    (_, first), (_, second) = store.files.epoch_paths(trained_run.run_id)
    file = tmp_path / "epoch-0001.safetensors"
    file.write_bytes(first.read_bytes())
    network = earlier.earlier_network(file)
    assert earlier.earlier_network(str(file)) is network
    (tmp_path / "new").write_bytes(second.read_bytes())
    (tmp_path / "new").replace(file)
    other = earlier.earlier_network(file)
    assert not np.array_equal(other.weights["layers.0.weight"], network.weights["layers.0.weight"])
    file.unlink()
    with pytest.raises(RunError, match="There is no file"):
        earlier.earlier_network(file)


def test_what_was_asked_for_longest_ago_is_let_go(
    store: RunStore, trained_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [path for _, path in store.files.early_paths(trained_run.run_id)][:3]
    networks = [earlier.earlier_network(path) for path in paths[:2]]
    monkeypatch.setattr(earlier, "_MOST_BYTES", 2 * earlier.size_of(networks[0]))
    assert earlier.earlier_network(paths[0]) is networks[0]
    earlier.earlier_network(paths[2])
    assert earlier.earlier_network(paths[0]) is networks[0]
    assert earlier.earlier_network(paths[1]) is not networks[1]

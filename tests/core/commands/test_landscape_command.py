"""``python -m core landscape``, on a run in a folder with made-up weights."""

import json

import pytest

from core.__main__ import BAD_INPUT, main
from core.data.catalogue import load_splits
from core.explain import landscape
from core.explain.landscape import loss_of
from core.explain.moments import kept_moments
from core.explain.sample import fixed_sample
from core.runs.files import RunFiles
from tests.core.builders import SMALL, make_checkpoint, make_run


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(landscape, "LANDSCAPE_IMAGES", 10)
    files, run = RunFiles(tmp_path, 10**9, 10**9), make_run("made-up-1")
    for epoch in range(1, 5):
        files.save_checkpoint(run, make_checkpoint(epoch))
    return files


@pytest.mark.slow
def test_it_says_the_grid_the_path_and_what_they_are(files, capsys):
    assert main(["landscape", "--run", str(files.folder("made-up-1"))]) == 0
    *lines, last = map(json.loads, capsys.readouterr().out.splitlines())
    rows, path = lines[:-4], lines[-4:]
    assert all(len(row["across"]) == len(row["losses"]) == len(rows) for row in rows)
    assert rows[0]["upwards"] < min(place["upwards"] for place in path)
    sample = fixed_sample(load_splits(SMALL).validation, 10)
    expected = [loss_of(moment.model, sample) for moment in kept_moments(files, "made-up-1")]
    assert [place["val_loss"] for place in path] == pytest.approx(expected)
    assert [place["epoch"] for place in path] == [1, 2, 3, 4]
    assert path[-1]["plane_loss"] == pytest.approx(expected[-1])
    assert (last["run_id"], last["images"], last["is_random"]) == ("made-up-1", 10, False)
    assert 0 < last["share"] < 1


def test_what_has_no_path_is_refused_in_a_sentence(files, capsys):
    folder = files.folder("made-up-1")
    for run in ("nobody", str(folder / "checkpoint.safetensors"), str(folder.parent), "x" * 5000):
        assert main(["landscape", "--run", run]) == BAD_INPUT
        said = capsys.readouterr()
        assert (said.out, len(said.err.splitlines())) == ("", 1)

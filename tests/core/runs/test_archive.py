import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import update

from core.config import TrainConfig
from core.errors import RunError, RunNotFoundError
from core.runs.archive import DEMO_DIRECTORY, bring_in_demo, export_run, import_run, offer_demo, read_run
from core.runs.files import half_precision
from core.runs.records import DEMO_RUN_ID
from core.runs.schema import RUNS
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from tests.core.builders import (
    ENVIRONMENT,
    SMALL,
    assert_same_checkpoint,
    assert_same_run,
    make_checkpoint,
    make_early,
    make_metrics,
    make_weights,
)
from tests.core.conftest import OpenStore


def ended_run(store: RunStore, epochs: int = 3, run_id: str | None = None) -> str:
    run_id = store.create(SMALL, run_id).run_id
    store.record_start(run_id, ENVIRONMENT)
    for epoch in range(1, epochs + 1):
        store.record_epoch(run_id, make_metrics(epoch))
        store.record_checkpoint(run_id, make_checkpoint(epoch))
    for step in (0, 1, 3):
        store.record_early(run_id, make_early(step), half_precision(make_weights(SMALL, seed=step)))
    store.record_predictions(run_id, np.full((5, 10), 0.1, dtype=np.float32), 0.25, "digest")
    store.record_status(run_id, RunStatus.COMPLETED)
    return run_id


@pytest.fixture
def elsewhere(open_store: OpenStore, tmp_path: Path) -> RunStore:
    return open_store(home=tmp_path / "elsewhere")


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_a_run_travels_whole(store: RunStore, elsewhere: RunStore, tmp_path: Path) -> None:
    run_id = ended_run(store)
    store.rename(run_id, "Ünïcødé ✎")
    export_run(store, run_id, tmp_path / "new" / "folder")
    run = import_run(elsewhere, tmp_path / "new" / "folder")
    assert_same_run(run, store.get(run_id))
    assert_same_run(elsewhere.get(run_id), store.get(run_id))
    assert_same_checkpoint(elsewhere.files.load_checkpoint(run_id), make_checkpoint(3))
    assert [epoch for epoch, _ in elsewhere.epoch_models(run_id)] == [1, 2, 3]
    assert run.early == (make_early(0), make_early(1), make_early(3))
    assert [step for step, _ in elsewhere.early_models(run_id)] == [0, 1, 3]
    assert elsewhere.files.load_predictions(run_id, "digest").shape == (5, 10)
    assert contents(elsewhere.files.folder(run_id)) == contents(store.files.folder(run_id))


def test_exporting_changes_nothing_and_can_be_repeated(store: RunStore, tmp_path: Path) -> None:
    run_id = ended_run(store)
    before = store.get(run_id)
    export_run(store, run_id, tmp_path / "out")
    first = contents(tmp_path / "out")
    export_run(store, run_id, tmp_path / "out")
    assert contents(tmp_path / "out") == first
    assert_same_run(store.get(run_id), before)


def test_a_folder_holds_one_run_at_a_time(store: RunStore, elsewhere: RunStore, tmp_path: Path) -> None:
    """Epochs of a longer run that was exported there before must not pass for this one's."""
    long, short = ended_run(store, epochs=5), ended_run(store, epochs=2)
    export_run(store, long, tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "other.safetensors").write_text("mine too")
    export_run(store, short, tmp_path)
    assert [path.name for path in sorted(tmp_path.glob("epoch-*"))] == [
        "epoch-0001.safetensors",
        "epoch-0002.safetensors",
    ]
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "other.safetensors").read_text() == "mine too"
    assert import_run(elsewhere, tmp_path).run_id == short
    assert len(elsewhere.epoch_models(short)) == 2


def test_importing_replaces_a_longer_version_of_the_run(store: RunStore, elsewhere: RunStore, tmp_path: Path) -> None:
    ended_run(store, epochs=2, run_id="same")
    ended_run(elsewhere, epochs=5, run_id="same")
    export_run(store, "same", tmp_path / "out")
    import_run(elsewhere, tmp_path / "out")
    assert_same_run(elsewhere.get("same"), store.get("same"))
    assert [epoch for epoch, _ in elsewhere.epoch_models("same")] == [1, 2]


@pytest.mark.parametrize("status", [status for status in RunStatus if status.is_active])
def test_a_run_that_was_exported_while_it_ran_is_interrupted_here(
    store: RunStore, elsewhere: RunStore, tmp_path: Path, status: RunStatus
) -> None:
    run_id = ended_run(store)
    store.record_status(run_id, status)
    export_run(store, run_id, tmp_path / "out")
    assert import_run(elsewhere, tmp_path / "out").status is RunStatus.INTERRUPTED
    assert elsewhere.requeue(run_id).status is RunStatus.QUEUED


def test_no_such_run_no_folder(store: RunStore, tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError):
        export_run(store, "no-such-run", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_one_gets_a_sentence(store: RunStore, tmp_path: Path) -> None:
    run_id = ended_run(store)
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(RunError, match="The run cannot be written to "):
            export_run(store, run_id, out)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_without_a_run_gets_a_sentence(store: RunStore, tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / "gone"):
        with pytest.raises(RunError) as caught:
            import_run(store, directory)
        assert str(caught.value) == f"There is no run in {directory}: a run’s folder holds a run.json."
    assert store.runs() == []


def changed(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda plain: plain | changes


@pytest.mark.parametrize(
    "damage",
    [
        lambda plain: None,
        lambda plain: [],
        lambda plain: "run",
        lambda plain: {name: value for name, value in plain.items() if name != "status"},
        changed(run_id="../x"),
        changed(run_id=7),
        changed(status="glorious"),
        changed(created=None),
        changed(created="yesterday"),
        changed(ended="tomorrow"),
        changed(created="0001-01-01T00:00:00+14:00"),
        changed(checkpoints=2**70),
        changed(config={"hidden_size": 0}),
        changed(config=[]),
        changed(environment=[]),
        changed(config={"unheard_of": 1}),
        changed(epochs=3),
        changed(epochs=[{}]),
        changed(epochs=[[]]),
        lambda run: run | {"epochs": [run["epochs"][0] | {"steps_per_epoch": 0}]},
        lambda run: run | {"early": [run["early"][0] | {"steps_per_epoch": 0}]},
    ],
)
def test_a_damaged_run_file_gets_a_sentence(
    store: RunStore, elsewhere: RunStore, tmp_path: Path, damage: Callable[[dict[str, Any]], object]
) -> None:
    out = tmp_path / "out"
    export_run(store, ended_run(store), out)
    path = out / "run.json"
    path.write_text(json.dumps(damage(json.loads(path.read_text()))))
    with pytest.raises(RunError) as caught:
        import_run(elsewhere, out)
    sentence = f"The run.json in {out} cannot be read: a newer version of Digit Lab wrote it, or it is damaged."
    assert str(caught.value) == sentence
    assert elsewhere.runs() == []
    assert not elsewhere.files.root.exists()


def test_a_run_that_is_being_trained_is_not_replaced(store: RunStore, tmp_path: Path) -> None:
    run_id = ended_run(store)
    export_run(store, run_id, tmp_path / "out")
    store.record_status(run_id, RunStatus.STOPPED)
    store.requeue(run_id)
    files = {path: path.read_bytes() for path in store.files.folder(run_id).iterdir()}
    for status in (status for status in RunStatus if status.is_active):
        store.record_status(run_id, status)
        with pytest.raises(RunError) as caught:
            import_run(store, tmp_path / "out")
        assert str(caught.value) == f"Run “{run_id}” is being trained here: stop it before you replace it."
        assert store.get(run_id).status is status
    assert {path: path.read_bytes() for path in store.files.folder(run_id).iterdir()} == files
    store.record_status(run_id, RunStatus.STOPPED)
    assert import_run(store, tmp_path / "out").run_id == run_id


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000])
def test_a_run_file_that_is_no_json_gets_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(RunError, match="a newer version of Digit Lab wrote it, or it is damaged"):
        read_run(tmp_path)


def test_an_archive_says_where_a_run_comes_from_and_not_whose_it_is(
    store: RunStore, elsewhere: RunStore, tmp_path: Path
) -> None:
    run_id = store.create(SMALL, owner="a" * 32, origin=RunOrigin.EXPERIMENT).run_id
    store.record_status(run_id, RunStatus.FAILED)
    export_run(store, run_id, tmp_path / "out")
    assert "owner" not in json.loads((tmp_path / "out" / "run.json").read_text())
    assert "a" * 32 not in (tmp_path / "out" / "run.json").read_text()
    there = import_run(elsewhere, tmp_path / "out")
    assert (there.origin, elsewhere.get(run_id).origin) == (RunOrigin.EXPERIMENT,) * 2
    assert elsewhere.get(run_id).owner is None
    import_run(store, tmp_path / "out")
    assert store.get(run_id).owner == "a" * 32


def test_an_archive_of_an_earlier_version_was_trained(store: RunStore, elsewhere: RunStore, tmp_path: Path) -> None:
    export_run(store, ended_run(store), tmp_path / "out")
    path = tmp_path / "out" / "run.json"
    plain = json.loads(path.read_text())
    del plain["origin"]
    path.write_text(json.dumps(plain))
    assert import_run(elsewhere, tmp_path / "out").origin is RunOrigin.TRAINED
    bring_in_demo(elsewhere)
    assert elsewhere.get(DEMO_RUN_ID).origin is RunOrigin.DEMO


def test_what_was_said_of_a_run_goes_along_and_its_search_does_not(
    store: RunStore, elsewhere: RunStore, tmp_path: Path
) -> None:
    run_id = ended_run(store)
    store.remark(run_id, tags=("paper",), notes="Wide.", reflection="So it was.", starred=True)
    run = store.get(run_id)
    export_run(store, run_id, tmp_path / "run")
    assert_same_run(import_run(elsewhere, tmp_path / "run"), run)
    plain = json.loads((tmp_path / "run" / "run.json").read_text())
    there = {"study": "theirs", "tags": ["A", "a", "\0"], "notes": "x\0y"}
    (tmp_path / "run" / "run.json").write_text(json.dumps(plain | there))
    import_run(elsewhere, tmp_path / "run")
    assert_same_run(elsewhere.get(run_id), replace(run, tags=("a",), notes="xy"))
    (tmp_path / "run" / "run.json").write_text(json.dumps(plain | {"notes": "x" * 10_001}))
    with pytest.raises(RunError, match="at most 10,000 characters"):
        import_run(elsewhere, tmp_path / "run")


def test_the_bundled_demo_run() -> None:
    demo = read_run(DEMO_DIRECTORY)
    assert (demo.run_id, demo.status) == (DEMO_RUN_ID, RunStatus.COMPLETED)
    assert [metrics.epoch for metrics in demo.epochs] == list(range(1, demo.config.epochs + 1))
    assert all(metrics.complete for metrics in demo.epochs)
    assert demo.config.dataset == TrainConfig().dataset
    assert demo.val_accuracy == demo.epochs[-1].val_accuracy


def test_a_newer_demo_replaces_the_one_in_the_store(store: RunStore, elsewhere: RunStore, tmp_path: Path) -> None:
    bring_in_demo(store)
    store.count_test_look(DEMO_RUN_ID)
    store.remark(DEMO_RUN_ID, tags=("mine",), notes="Good.", starred=True)
    ended_run(elsewhere, epochs=2, run_id=DEMO_RUN_ID)
    export_run(elsewhere, DEMO_RUN_ID, tmp_path / "demo")
    bring_in_demo(store, tmp_path / "demo")
    demo = store.get(DEMO_RUN_ID)
    mine = {"test_looks": 1, "tags": ("mine",), "notes": "Good.", "starred": True}
    assert_same_run(demo, replace(elsewhere.get(DEMO_RUN_ID), origin=RunOrigin.DEMO, **mine))
    assert len(store.epoch_models(DEMO_RUN_ID)) == 2


def test_a_missing_demo_gets_a_sentence_and_keeps_nobody_from_the_rest(
    store: RunStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(RunError, match="There is no run in "):
        bring_in_demo(store, tmp_path / "gone")
    offer_demo(store, tmp_path / "gone")
    assert "The demo run could not be imported" in caplog.text
    assert store.runs() == []


def test_a_demo_that_cannot_be_read_stays_as_it_is(store: RunStore) -> None:
    bring_in_demo(store)
    (store.files.folder(DEMO_RUN_ID) / "version").write_text("an older one")
    with store.database.begin() as connection:
        connection.execute(update(RUNS).where(RUNS.c.run_id == DEMO_RUN_ID).values(status="dreaming"))
    bring_in_demo(store)
    assert store.listing.unreadable() == [DEMO_RUN_ID]


@pytest.mark.parametrize("written", [0, 1, 2])
def test_a_demo_for_which_there_is_no_room_leaves_the_former_whole(
    store: RunStore, elsewhere: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    ended_run(elsewhere, epochs=2, run_id=DEMO_RUN_ID)
    export_run(elsewhere, DEMO_RUN_ID, tmp_path / "demo")
    ended_run(store, epochs=3, run_id=DEMO_RUN_ID)
    before, files = store.get(DEMO_RUN_ID), contents(store.files.folder(DEMO_RUN_ID))
    write, count = Path.write_bytes, iter(range(10**6))

    def full(path: Path, data: bytes) -> int:
        if next(count) >= written:
            raise OSError(28, "No space left on device")
        return write(path, data)

    with monkeypatch.context() as full_disk:
        full_disk.setattr(Path, "write_bytes", full)
        offer_demo(store, tmp_path / "demo")
    assert_same_run(store.get(DEMO_RUN_ID), before)
    assert contents(store.files.folder(DEMO_RUN_ID)) == files
    offer_demo(store, tmp_path / "demo")
    assert len(store.epoch_models(DEMO_RUN_ID)) == len(store.get(DEMO_RUN_ID).epochs) == 2


def test_a_demo_whose_files_are_gone_is_not_complete_until_it_is_brought_in_again(store: RunStore) -> None:
    bring_in_demo(store)
    shutil.rmtree(store.files.folder(DEMO_RUN_ID))
    bring_in_demo(store)
    assert store.model(DEMO_RUN_ID).config == store.get(DEMO_RUN_ID).config

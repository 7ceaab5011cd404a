"""A sample of each other part of ``make soak``: the same faults every time, by their seeds."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.engine import recorder
from core.runs import files
from core.runs.status import DISK_FULL, RunStatus
from soak import clock, disk, house, kill
from soak.__main__ import main
from soak.faults import Outcome, Plan
from soak.judge import complaints, seen_of
from soak.parts import ALL_MINUTES, PARTS, Part
from soak.processes import ROOT, Server
from tests.faults.conftest import SLOWLY, Lab, finish, wait_until
from tests.faults.test_engine_in_trouble import LONG, SMALL


def losses(outcome: Outcome) -> list[str]:
    return [f"{loss.seed}: {loss.what}" for loss in outcome.losses]


def test_a_database_that_is_killed_costs_no_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pgserver", reason="pgserver, which brings PostgreSQL, is not there for this platform")
    monkeypatch.setattr(house, "WORKERS", 1)
    monkeypatch.setattr(kill, "RUNS", 1)
    fault = kill.Fault.of(kill.IN_A_ROW)
    assert (fault.house, fault.victim) == (house.Large, "database")
    outcome = kill.run(Plan(kill.IN_A_ROW, 1, 3.0))
    assert losses(outcome) == []
    assert outcome.figures["runs continued"] == 1
    assert outcome.figures["epochs seen before a kill"] >= 1


def test_of_two_servers_on_a_home_one_goes_on_with_the_runs_of_the_other(lab: Lab, tmp_path: Path) -> None:
    home = lab.store.settings.home
    other = Server(tmp_path, {"DIGITLAB_HOME": str(home), "DIGITLAB_WORKERS": "1", "DIGITLAB_THREADS": "1"})
    try:
        other.start()
        theirs = str(other.ask("submit", config=LONG.model_dump(), session="b")["run_id"])
        wait_until(lambda: seen_of(lab.store, theirs), "an epoch of the other’s")
        ours = lab.engine.submit(LONG, pace=SLOWLY)
        wait_until(lambda: ours.status is RunStatus.RUNNING, "ours to begin")
        seen = seen_of(lab.store, theirs)
        other.kill()
    finally:
        other.end()
    wait_until(lambda: not lab.store.summary(theirs).status.is_active, "the loss to be noticed")
    assert complaints(lab.store, theirs, seen) == []
    assert ours.status is RunStatus.RUNNING
    ours.stop()
    again = lab.engine.resume(theirs)
    wait_until(lambda: len(again.snapshot().epochs) > len(seen), "it to go on")
    again.stop()
    finish(ours, again)
    assert complaints(lab.store, theirs, seen) == []


def test_a_clock_that_jumps_costs_nothing(tmp_path: Path) -> None:
    # In a process of its own: Dask, which other tests leave running in this one, would wait for the clock to come back.
    report = tmp_path / "report.json"
    arguments = ["--only", "clock", "--seed", "1", "--times", "6", "--json", str(report)]
    command = [sys.executable, "-m", "soak", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 of 6" in done.stdout


def test_a_command_whose_disk_is_full_says_so(tmp_path: Path) -> None:
    assert disk.fill_for_a_command(tmp_path, 1) == []


def test_a_server_whose_disk_is_full_says_so_and_the_run_goes_on_when_there_is_room(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(path: Path, _data: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as full:
        full.setattr(files, "write_atomically", write)
        full.setattr(recorder, "KEEP_SECONDS", 0.5)
        job = lab.engine.submit(SMALL)
        assert finish(job) == [RunStatus.INTERRUPTED]
        wait_until(lambda: lab.store.get(job.run_id).error == DISK_FULL, "the store to hear of it")
        seen = seen_of(lab.store, job.run_id)
        assert len(seen) == SMALL.epochs
    assert finish(lab.engine.resume(job.run_id)) == [RunStatus.COMPLETED]
    assert complaints(lab.store, job.run_id, seen) == []


def test_all_parts_together_end_within_an_hour() -> None:
    assert sum(part.minutes for part in PARTS.values()) <= ALL_MINUTES
    assert [PARTS[name].times for name in ("crowd", "kill", "fuzz")] == [50, 100, 100_000]


def test_a_seed_repeats_a_crowd_as_a_whole_and_of_other_parts_one_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plans = {}

    def asked(part: Part, plan: Plan) -> Outcome:
        plans[part.module] = plan.times
        return Outcome()

    monkeypatch.setattr("soak.__main__._outcome", asked)
    main(["--only", "crowd,kill", "--seed", "7", "--json", str(tmp_path / "report.json")])
    assert plans == {"soak.crowd": 50, "soak.kill": 1}


def test_a_loss_is_told_with_its_seed_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def lose(plan: Plan) -> Outcome:
        outcome = Outcome(done=len(list(plan.seeds())))
        if plan.seed == 123:
            outcome.lose(123, "an epoch is gone")
        return outcome

    monkeypatch.setattr(clock, "run", lose)
    report = tmp_path / "report.json"
    assert main(["--only", "clock", "--seed", "123", "--json", str(report)]) == 1
    told = capsys.readouterr()
    assert 'an epoch is gone\n        again: make soak ARGS="--only clock --seed 123"' in told.out
    assert "1 from seed 123 on" in told.err
    assert "an epoch is gone" in report.read_text()
    assert main(["--only", "clock", "--seed", "122", "--times", "3", "--json", str(report)]) == 0
    assert "3 of 3" in capsys.readouterr().out

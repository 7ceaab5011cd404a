"""A sample of each other part of ``make soak``: the same faults every time, by their seeds."""

import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from core.config import TrainConfig
from core.engine import recorder
from core.errors import RunNotFoundError
from core.runs import files
from core.runs.records import Run
from core.runs.status import DISK_FULL, RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from soak import clock, crowd, disk, house, kill
from soak.__main__ import main
from soak.faults import Loss, Outcome, Plan
from soak.judge import complaints, seen_of
from soak.parts import ALL_MINUTES, PARTS, Part
from soak.processes import ROOT, Server
from soak.report import NOT_DONE
from tests.core import builders
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
    outcome = Outcome()
    kill.run(Plan(kill.IN_A_ROW, 1, 3.0), outcome)
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


def test_weights_of_an_epoch_whose_row_is_lost_are_a_loss(tmp_path: Path) -> None:
    """Continued, the run begins after that epoch, and its row never comes."""
    store = RunStore(Settings.from_environment({"DIGITLAB_HOME": str(tmp_path)}))
    run_id = store.create(builders.SMALL).run_id
    store.record_epoch(run_id, builders.make_metrics(1))
    for checkpoint in (builders.make_checkpoint(1), builders.make_checkpoint(2, step=5)):
        store.record_checkpoint(run_id, checkpoint)
        store.record_status(run_id, RunStatus.INTERRUPTED)
        is_ahead = checkpoint.epoch > 1
        assert complaints(store, run_id, {}) == [f"{run_id} has the weights of an epoch and not its row"] * is_ahead
    store.record_epoch(run_id, builders.make_metrics(2, step=5))
    assert complaints(store, run_id, {}) == []
    store.close()


def test_all_parts_together_end_within_an_hour() -> None:
    assert sum(part.minutes for part in PARTS.values()) <= ALL_MINUTES
    assert [PARTS[name].times for name in ("crowd", "kill", "fuzz")] == [50, 100, 100_000]


def test_a_seed_repeats_a_crowd_as_a_whole_and_of_other_parts_one_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plans = {}

    def asked(part: Part, plan: Plan) -> Outcome:
        plans[part.module] = plan.times
        return Outcome(done=plan.times)

    monkeypatch.setattr("soak.__main__._outcome", asked)
    main(["--only", "crowd,kill", "--seed", "7", "--json", str(tmp_path / "report.json")])
    assert plans == {"soak.crowd": 50, "soak.kill": 1}


def test_a_loss_is_told_with_its_seed_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def lose(plan: Plan, outcome: Outcome) -> None:
        outcome.done = len(list(plan.seeds()))
        if plan.seed == 123:
            outcome.lose(123, "an epoch is gone")

    monkeypatch.setattr(clock, "run", lose)
    report = tmp_path / "report.json"
    assert main(["--only", "clock", "--seed", "123", "--json", str(report)]) == 1
    told = capsys.readouterr()
    assert 'an epoch is gone\n        again: make soak ARGS="--only clock --seed 123"' in told.out
    assert "1 from seed 123 on" in told.err
    assert "an epoch is gone" in report.read_text()
    assert main(["--only", "clock", "--seed", "122", "--times", "3", "--json", str(report)]) == 0
    assert "3 of 3" in capsys.readouterr().out


def test_a_part_that_fails_itself_keeps_what_it_had_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(_plan: Plan, outcome: Outcome) -> None:
        outcome.done = 2
        outcome.lose(8, "an epoch is gone")
        raise KeyError("a part has its faults as well")

    monkeypatch.setattr(clock, "run", fail)
    arguments = ["--only", "clock", "--seed", "7", "--times", "5", "--json", str(tmp_path / "report.json")]
    assert main(arguments) == 1
    told = capsys.readouterr().out
    assert 'an epoch is gone\n        again: make soak ARGS="--only clock --seed 8"' in told
    assert "a part has its faults as well" in told
    assert '"--only clock --seed 7 --times 5"' in told
    assert "2 LOST. Not all was done: clock 2 of 5;" in told


@pytest.mark.parametrize(
    ("part", "one"),
    [(kill, "_endure"), (disk, "fill_for_a_command"), (clock, "_lost_in")],
    ids=("kill", "disk", "clock"),
)
def test_a_run_that_is_gone_is_a_loss_of_its_own_fault(
    monkeypatch: pytest.MonkeyPatch, part: ModuleType, one: str
) -> None:
    """The store raises before anybody can complain of the run; faults before and after it count all the same."""
    faults = iter((["an epoch is gone"], None, []))

    def endure(*_fault: object) -> list[str]:
        lost = next(faults)
        if lost is None:
            raise RunNotFoundError("There is no run “late-otter-1”.")
        return lost

    monkeypatch.setattr(part, one, endure)
    outcome = Outcome()
    # Every other seed of a full disk is a server’s.
    seeds = (1, 3, 5) if part is disk else (5, 6, 7)
    monkeypatch.setattr(Plan, "seeds", lambda _plan: iter(seeds))
    part.run(Plan(5, 3, 1.0), outcome)
    assert outcome.done == 3
    assert [loss.seed for loss in outcome.losses] == list(seeds[:2])
    assert "an epoch is gone" in outcome.losses[0].what
    assert "RunNotFoundError: There is no run “late-otter-1”." in outcome.losses[1].what


def test_a_part_that_has_done_nothing_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def out_of_time(plan: Plan, outcome: Outcome) -> None:
        outcome.done = plan.seed

    monkeypatch.setattr(clock, "run", out_of_time)
    arguments = ["--only", "clock", "--times", "9", "--json", str(tmp_path / "report.json"), "--seed"]
    assert main([*arguments, "0"]) == NOT_DONE
    told = capsys.readouterr().out
    assert "NOT DONE" in told
    assert "Nothing was lost. Not all was done: clock 0 of 9;" in told
    assert main([*arguments, "4"]) == 0
    told = capsys.readouterr().out
    assert "held, but only 4 of 9 done" in told
    assert "Nothing was lost. Not all was done: clock 4 of 9;" in told
    assert main([*arguments, "9"]) == 0
    assert "Nothing was lost.\n" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--help"])
    assert f"{NOT_DONE} – nothing was lost" in " ".join(capsys.readouterr().out.split())


@dataclass
class Gone:
    """A server whose visitors have gone, and what memory it then says, one answer after the other."""

    memory: list[float]
    outcome: Outcome
    server: SimpleNamespace

    def sessions(self) -> int:
        return 0

    def memory_mb(self) -> float:
        return self.memory.pop(0) if len(self.memory) > 1 else self.memory[0]


@pytest.mark.parametrize(("memory", "is_lost"), [([350.0, 301.0, 300.0], False), ([350.0, 301.0], True)])
def test_memory_that_visitors_took_is_given_back_sooner_or_later(
    monkeypatch: pytest.MonkeyPatch, memory: list[float], *, is_lost: bool
) -> None:
    monkeypatch.setattr(crowd, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(crowd, "FREED_SECONDS", 0.2 if is_lost else 60.0)
    monkeypatch.setattr(crowd, "Session", SimpleNamespace(open=lambda _url: nullcontext()))
    outcome = Outcome()
    left = Gone(list(memory), outcome, SimpleNamespace(url=""))
    crowd.lose_what_is_kept(left, Plan(3, 50, 9.0), before=200.0)
    assert outcome.figures["memory after, MB"] == memory[-1]
    assert outcome.losses == ([Loss(3, "the server keeps 301 MB, 200 MB before", 50)] if is_lost else [])


EAGER = "e" * 32


@pytest.mark.parametrize(
    ("began", "is_fair"),
    [
        # Each run: its owner, when it was queued, when it began.
        ([(EAGER, 0, 1), (EAGER, 0, 2), (EAGER, 0, 5), (EAGER, 0, 6), ("a", 3, 4), ("b", 3, 7)], True),
        ([(EAGER, 0, 1), (EAGER, 0, 2), (EAGER, 0, 5), (EAGER, 0, 6), ("a", 3, 7), ("b", 3, 8)], False),
        # Whoever comes when the third has begun, or in the same second, has not been passed over.
        ([(EAGER, 0, 1), (EAGER, 0, 2), (EAGER, 0, 5), (EAGER, 0, 6), ("a", 4.5, 7), ("b", 6, 8)], True),
        # With fewer runs it is not said whose turn it was.
        ([(EAGER, 0, 1), (EAGER, 0, 2), (EAGER, 0, 5), ("a", 3, 7)], True),
    ],
)
def test_of_an_eager_browser_the_third_run_begins_after_one_of_somebody_else_who_waits(
    began: list[tuple[str, float, float]], *, is_fair: bool
) -> None:
    def at(seconds: float) -> datetime:
        return datetime.fromtimestamp(1_000_000 + seconds, UTC)

    runs = [
        Run(f"run-{number}", "a run", TrainConfig(), RunStatus.COMPLETED, at(queued), at(started), owner=owner)
        for number, (owner, queued, started) in enumerate(began)
    ]
    waiting = Run("waits", "a run", TrainConfig(), RunStatus.QUEUED, at(0), owner="c")
    assert (crowd.unfair([*runs[::-1], waiting]) == []) is is_fair

"""How many threads a training uses: what is measured, what is kept, and what it is worth."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from core.config import TrainConfig
from core.data.dataset import Splits
from core.settings import cores
from core.training import threads
from core.training.events import TrainingStarted
from core.training.fit import fit
from core.training.threads import (
    BUDGET_SECONDS,
    FILE,
    ThreadBudget,
    compare,
    fastest,
    fastest_here,
    kind_of_network,
    machine_name,
    measure_threads,
    thread_counts,
    use_threads,
)
from tests.core.training.builders import CPU

SMALL = TrainConfig(hidden_size=8, epochs=1)
needs_two_cores = pytest.mark.skipif(cores() < 2, reason="one core has one thread")


class Processor:
    """A clock, and steps that take as long as the test says with so many threads."""

    def __init__(self, seconds: dict[int, float], spikes: Sequence[float] = ()) -> None:
        self.seconds, self.spikes, self.now, self.runs = seconds, list(spikes), 0.0, []

    def run(self, count: int, steps: int) -> None:
        self.runs.append(count)
        self.now += self.seconds[count] * steps + (self.spikes.pop(0) if self.spikes else 0.0)

    def clock(self) -> float:
        return self.now


def measured(seconds: dict[int, float], asked: list[TrainConfig] | None = None) -> threads.Measure:
    def measure(config: TrainConfig, counts: Sequence[int]) -> dict[int, float]:
        if asked is not None:
            asked.append(config)
        return {count: seconds[count] for count in counts}

    return measure


@pytest.fixture(autouse=True)
def no_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.torch_learner.best_device", lambda: CPU)


def no_load() -> float:
    return 0.0


@pytest.mark.parametrize(("most", "counts"), [(1, (1,)), (2, (1, 2)), (6, (1, 2, 4, 6)), (64, (1, 2, 4, 8))])
def test_powers_of_two_are_compared(most: int, counts: tuple[int, ...]) -> None:
    assert thread_counts(most) == counts


@pytest.mark.parametrize(
    ("seconds", "count"),
    [
        ({1: 1.0, 2: 0.5}, 2),
        ({1: 1.0, 2: 2.2}, 1),
        ({1: 1.0, 2: 0.96}, 1),
        ({1: 1.0, 2: 0.94}, 2),
        ({1: 1.0, 2: 0.6, 4: 0.5, 8: 0.7}, 4),
        ({1: 1.0, 2: 0.5, 4: 0.5}, 2),
    ],
)
def test_one_thread_wins_a_tie(seconds: dict[int, float], count: int) -> None:
    assert fastest(seconds) == count


def test_the_fastest_of_turns_counts_and_the_budget_is_kept() -> None:
    # The first run of each, to start its threads, takes a second; later ones are held up now and then.
    processor = Processor({1: 0.001, 2: 0.0006}, spikes=[1.0, 1.0, 0.0, 0.2, 0.05])
    seconds = compare(processor.run, (1, 2), processor.clock)
    assert seconds == pytest.approx({1: 0.001, 2: 0.0006})
    assert processor.runs[::2] == [1] * (len(processor.runs) // 2)
    long = Processor({1: 0.2, 2: 0.3})
    assert compare(long.run, (1, 2), long.clock) == pytest.approx(long.seconds)
    assert long.now < BUDGET_SECONDS + 2 * 0.5 + 0.5


def test_what_was_measured_is_measured_once(tmp_path: Path) -> None:
    asked: list[TrainConfig] = []
    for config in (SMALL, SMALL.replace(seed=1, learning_rate=0.1), SMALL.replace(hidden_size=7)):
        assert fastest_here(config, (1, 2), tmp_path, measured({1: 2.0, 2: 1.0}, asked), no_load) == 2
    assert asked == [SMALL]
    kept = json.loads((tmp_path / FILE).read_text())
    assert kept == {machine_name(): {kind_of_network(SMALL): {"1": 2.0, "2": 1.0}}}
    assert fastest_here(SMALL.replace(batch_size=512), (1, 2), tmp_path, measured({1: 1.0, 2: 3.0}), no_load) == 1
    # More cores than when it was measured.
    assert fastest_here(SMALL, (1, 2, 4), tmp_path, measured({1: 2.0, 2: 1.0, 4: 0.5}), no_load) == 4
    assert len(json.loads((tmp_path / FILE).read_text())[machine_name()]) == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\x00", b"[]", b"{", b'{"machine": 1}', b'{"m": {"k": {"one": 1}}}', b'{"m": {"k": {"1": -1}}}'],
)
def test_a_damaged_file_is_measured_again(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert fastest_here(SMALL, (1, 2), tmp_path, measured({1: 2.0, 2: 1.0}), no_load) == 2
    assert machine_name() in json.loads((tmp_path / FILE).read_text())


def test_another_machine_is_another_measurement(tmp_path: Path) -> None:
    others = {"Another processor, torch 1.0, AVX2": {kind_of_network(SMALL): {"1": 1.0, "2": 9.0}}}
    (tmp_path / FILE).write_text(json.dumps(others))
    assert fastest_here(SMALL, (1, 2), tmp_path, measured({1: 2.0, 2: 1.0}), no_load) == 2
    assert json.loads((tmp_path / FILE).read_text()).items() >= others.items()


def test_a_busy_machine_and_a_home_that_is_not_there_leave_nothing_behind(tmp_path: Path) -> None:
    assert fastest_here(SMALL, (1, 2), tmp_path, measured({1: 2.0, 2: 1.0}), lambda: 1e6) == 1
    assert not list(tmp_path.iterdir())
    assert fastest_here(SMALL, (1, 2), tmp_path / "none", measured({1: 2.0, 2: 1.0}), no_load) == 2
    assert not list(tmp_path.iterdir())


def test_an_accelerator_needs_one_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.torch_learner.best_device", lambda: torch.device("cuda"))
    assert fastest_here(SMALL, (1, 2), tmp_path, measured({1: 2.0, 2: 1.0}), no_load) == 1
    numpy = SMALL.replace(backend="numpy")
    assert fastest_here(numpy, (1, 2), tmp_path, measured({1: 2.0, 2: 1.0}), no_load) == 2


def test_a_number_that_was_asked_for_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "cores", lambda: 4)
    assert [ThreadBudget(most).threads(SMALL) for most in (1, 3, 9)] == [1, 3, 4]


@pytest.mark.parametrize("config", [SMALL, SMALL.replace(backend="numpy"), TrainConfig(architecture="linear")])
def test_every_kind_of_network_can_be_measured(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "BUDGET_SECONDS", 0.0)
    monkeypatch.setattr(threads, "_BLOCK_SECONDS", 0.0)
    seconds = measure_threads(config, (1, 2))
    assert seconds.keys() == {1, 2}
    assert min(seconds.values()) > 0
    assert torch.get_num_threads() == 1


def test_large_networks_are_measured_on_smaller_ones() -> None:
    giant = TrainConfig(hidden_size=4096, hidden_layers=6, batch_size=4096, rotation=5)
    assert kind_of_network(giant) == "torch mlp 1024-1024-1024 augments, batches of 256"
    assert (
        kind_of_network(TrainConfig(architecture="cnn", batch_norm=True))
        == "torch cnn 8 filters 128 batch_norm, batches of 64"
    )


@needs_two_cores
def test_a_training_records_its_threads(tmp_path: Path, small_splits: Splits) -> None:
    kept = {machine_name(): {kind_of_network(SMALL): {"1": 2.0, "2": 1.0}}}
    (tmp_path / FILE).write_text(json.dumps(kept))
    use_threads(ThreadBudget(2, tmp_path).threads(SMALL))
    try:
        started = next(event for event in fit(SMALL, small_splits, device=CPU) if isinstance(event, TrainingStarted))
    finally:
        use_threads(1)
    assert started.environment.threads == 2

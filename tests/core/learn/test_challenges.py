"""Challenges: solvable, by settings that were trained for this; not solved by what comes with the product."""

from dataclasses import replace

import numpy as np
import pytest

from core.config import TrainConfig
from core.errors import DivergedError, TrainingError
from core.learn.challenges import CHALLENGES, Challenge, solution
from core.models.shapes import parameter_count
from core.presets import PRESETS
from core.runs.archive import bring_in_demo
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.training.local import train_here
from tests.core.builders import ENVIRONMENT, make_metrics, make_run

EDGE = TrainConfig(optimizer="sgd", hidden_layers=2, activation="none", training_size=5_000, epochs=4)

REACHED = {
    # What each config really reached on the 5,000 validation images: accuracy while training, on validation, seconds.
    "overfit": (TrainConfig(training_size=300, epochs=12, learning_rate=0.003), 1.0, 0.8164, 0.9),
    "fast": (
        TrainConfig(hidden_size=256, epochs=6, batch_size=128, schedule="one_cycle", learning_rate=0.004),
        0.9982,
        0.9830,
        6.5,
    ),
    "one_epoch": (
        TrainConfig(hidden_size=512, epochs=1, schedule="one_cycle", learning_rate=0.004),
        0.9217,
        0.9724,
        2.0,
    ),
    "small": (
        TrainConfig(architecture="cnn", hidden_layers=0, epochs=4, learning_rate=0.004, schedule="one_cycle"),
        0.9915,
        0.9850,
        19.8,
    ),
    "linear": (
        TrainConfig(architecture="linear", epochs=6, batch_size=128, normalisation="zero_one", learning_rate=0.006),
        0.9326,
        0.9194,
        0.9,
    ),
    "zeros": (TrainConfig(architecture="linear", initialisation="zeros", epochs=2), 0.9185, 0.9110, 0.5),
    "tutorial": (
        TrainConfig(hidden_size=256, training_size=1_000, epochs=8, dropout=0.3, learning_rate=0.003, batch_size=16),
        0.9950,
        0.8956,
        1.0,
    ),
    "few": (
        TrainConfig(
            hidden_size=512,
            training_size=1_000,
            epochs=200,
            rotation=8,
            shift=1.2,
            zoom=0.08,
            elastic=1.5,
        ),
        0.9010,
        0.9704,
        120.5,
    ),
    "noise": (
        TrainConfig(hidden_size=512, label_noise=0.3, epochs=6, dropout=0.5, batch_size=256, shift=1, rotation=5),
        0.6423,
        0.9554,
        71.1,
    ),
    "numpy": (
        TrainConfig(backend="numpy", epochs=4, batch_size=128, learning_rate=0.003),
        0.9911,
        0.9756,
        2.2,
    ),
    "best": (
        TrainConfig(
            architecture="cnn",
            hidden_size=256,
            epochs=12,
            schedule="one_cycle",
            learning_rate=0.006,
            batch_size=128,
            dropout=0.2,
            rotation=8,
            shift=1,
            zoom=0.05,
        ),
        0.9952,
        0.9926,
        83.3,
    ),
}


QUICK = ("zeros",)
SHORT = ("one_epoch", "linear", "tutorial", "numpy")
"""Those that train in seconds are trained by the tests, “overfit” with the divergence; of the others the numbers above
were recorded once."""


def named(name: str) -> Challenge:
    return next(challenge for challenge in CHALLENGES if challenge.name == name)


def run_of(config: TrainConfig, train: float, validation: float, seconds: float = 5.0, **changes: object) -> Run:
    metrics = replace(make_metrics(config.epochs), train_accuracy=train, val_accuracy=validation)
    environment = replace(ENVIRONMENT, train_images=config.training_size, validation_images=5_000)
    run = replace(
        make_run(config=config),
        epochs=(metrics,),
        val_accuracy=validation,
        seconds=seconds,
        environment=environment,
    )
    return replace(run, **changes)


def diverged_run(config: TrainConfig) -> Run:
    return run_of(config, 0.1, 0.1, status=RunStatus.FAILED, error=str(DivergedError(1, 20, 0.1)), epochs=())


@pytest.mark.parametrize("name", REACHED)
def test_a_challenge_is_solved_by_what_was_trained_for_it(name: str) -> None:
    challenge, run = named(name), run_of(*REACHED[name])
    assert solution(challenge, [run]) is run
    # The same run, a little worse, or broken off, or measured on too few images, does not count.
    assert solution(challenge, [run_of(REACHED[name][0], 0.9, 0.5, 5.0)]) is None
    assert solution(challenge, [replace(run, status=RunStatus.STOPPED)]) is None
    assert solution(challenge, [replace(run, environment=replace(run.environment, validation_images=500))]) is None


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("one_epoch", {"epochs": 2}),
        ("small", {"hidden_layers": 1}),
        ("linear", {"architecture": "mlp"}),
        ("linear", {"architecture": "cnn", "hidden_layers": 0}),
        ("zeros", {"initialisation": "he"}),
        ("tutorial", {"epochs": 21}),
        ("tutorial", {"training_size": 1_001}),
        ("tutorial", {"rotation": 5}),
        ("tutorial", {"start_from": "demo"}),
        ("few", {"rotation": 0, "shift": 0, "zoom": 0, "elastic": 0}),
        ("few", {"training_size": 1_001}),
        ("few", {"start_from": "demo"}),
        ("noise", {"label_noise": 0.29}),
        ("noise", {"start_from": "demo"}),
        ("numpy", {"backend": "torch"}),
        ("numpy", {"start_from": "demo"}),
        ("fast", {"start_from": "demo"}),
        ("fast", {"teacher": "demo"}),
        ("few", {"teacher": "demo"}),
    ],
)
def test_conditions_count_as_well_as_accuracy(name: str, changes: dict[str, object]) -> None:
    config, *numbers = REACHED[name]
    assert solution(named(name), [run_of(config.replace(**changes), *numbers)]) is None


def test_ten_seconds_are_ten_seconds() -> None:
    config, train, validation, _ = REACHED["fast"]
    assert solution(named("fast"), [run_of(config, train, validation, 10.1)]) is None


def test_overfitting_needs_both() -> None:
    config = REACHED["overfit"][0]
    assert solution(named("overfit"), [run_of(config, 0.985, 0.80)]) is None
    assert solution(named("overfit"), [run_of(config, 1.0, 0.91)]) is None


def test_the_edge_lies_between_two_runs_that_differ_in_the_rate_alone() -> None:
    good = run_of(EDGE.replace(learning_rate=0.08), 0.93, 0.89)
    assert solution(named("edge"), [diverged_run(EDGE.replace(learning_rate=0.1)), good]) is good
    assert solution(named("break"), [diverged_run(EDGE), good]) is not None
    for other in ({"learning_rate": 0.2}, {"learning_rate": 0.05}, {"learning_rate": 0.1, "seed": 1}):
        assert solution(named("edge"), [diverged_run(EDGE.replace(**other)), good]) is None
    assert solution(named("edge"), [good]) is None
    assert solution(named("break"), [good]) is None


def test_the_tutorial_does_not_beat_itself() -> None:
    preset = next(preset for preset in PRESETS if preset.name == "numpy-tutorial")
    # What it reaches on its validation images with seed 0.
    assert solution(named("tutorial"), [run_of(preset.config, 0.87, 0.8742)]) is None


def test_the_first_solution_is_named() -> None:
    config, *numbers = REACHED["zeros"]
    first, second = (replace(run_of(config, *numbers), run_id=name) for name in ("first-1", "second-1"))
    assert solution(named("zeros"), [second, first]) is first


def test_challenges_are_many_distinct_and_do_not_begin_solved() -> None:
    assert len({challenge.name for challenge in CHALLENGES}) == len(CHALLENGES) >= 12
    assert {challenge.name for challenge in CHALLENGES} == {*REACHED, "break", "edge"}
    for challenge in CHALLENGES:
        assert challenge.hint
        assert challenge.start not in [config for config, *_ in REACHED.values()]
    config = REACHED["small"][0]
    assert parameter_count(config) < 10_000


def test_neither_the_demo_nor_the_presets_solve_everything(store: RunStore) -> None:
    bring_in_demo(store)
    demo = store.get(DEMO_RUN_ID)
    assert [challenge.name for challenge in CHALLENGES if solution(challenge, [demo])] == []
    runs = [run_of(preset.config, 1.0, preset.test_accuracy, 60.0, run_id=preset.name) for preset in PRESETS]
    solved = {challenge.name for challenge in CHALLENGES if solution(challenge, [*runs, demo])}
    assert len(solved) <= len(CHALLENGES) // 3, solved


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SHORT)])
def test_what_is_said_to_solve_a_challenge_does_when_it_is_trained(store: RunStore, name: str) -> None:
    run = trained(store, REACHED[name][0])
    assert solution(named(name), [run]) == run


def trained(store: RunStore, config: TrainConfig) -> Run:
    run_id = store.create(config).run_id
    for _ in train_here(store, config, run_id):
        pass
    return store.get(run_id)


@pytest.mark.slow
def test_a_real_training_solves_one_and_a_real_divergence_another(store: RunStore) -> None:
    edge = {"learning_rate": 0.08}, {"learning_rate": 0.12}
    learned, broken = (store.create(EDGE.replace(**changes)) for changes in edge)
    for _ in train_here(store, learned.config, learned.run_id):
        pass
    with pytest.raises(TrainingError):
        list(train_here(store, broken.config, broken.run_id))
    by_heart = store.create(REACHED["overfit"][0])
    for _ in train_here(store, by_heart.config, by_heart.run_id):
        pass
    runs = [store.get(run.run_id) for run in store.runs()]
    solvers = {challenge.name: solution(challenge, runs) for challenge in CHALLENGES}
    solved = {name: run.run_id for name, run in solvers.items() if run is not None}
    assert solved == {"overfit": by_heart.run_id, "edge": learned.run_id, "break": broken.run_id}
    assert np.isclose(store.get(by_heart.run_id).epochs[-1].train_accuracy, 1.0)

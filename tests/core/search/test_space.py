"""What can be varied, how it is written, and what is refused with a sentence."""

import itertools

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from core.config import TrainConfig
from core.errors import ConfigError
from core.search.plan import Budget, Plan, Sampler, make_plan
from core.search.possible import grid_of
from core.search.space import (
    NEVER_VARIED,
    USUAL,
    Span,
    Values,
    can_vary,
    grid_points,
    grid_size,
    read_space,
    read_varied,
    trial_config,
    usual_space,
)

ONE_TRIAL = Budget.of(trials=1)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("learning_rate=0.0001:0.1:log", Span("learning_rate", 1e-4, 0.1, is_log=True)),
        ("learning-rate=1e-4:.1:log", Span("learning_rate", 1e-4, 0.1, is_log=True)),
        ("hidden_size=32:512", Span("hidden_size", 32, 512)),
        ("dropout=0:0.5", Span("dropout", 0.0, 0.5)),
        ("optimizer=adam, sgd", Values("optimizer", ("adam", "sgd"))),
        ("batch_norm=true,false", Values("batch_norm", (True, False))),
        ("batch_size=64,128", Values("batch_size", (64, 128))),
        ("dropout=0.25", Values("dropout", (0.25,))),
    ],
)
def test_a_text_says_what_is_varied_and_is_written_in_one_form(text: str, meant: Span | Values) -> None:
    assert read_varied(text) == meant
    assert read_varied(meant.text()) == meant


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("dropout", "“dropout” does not say what to vary: write NAME=LOW:HIGH, NAME=LOW:HIGH:log or NAME=a,b,c."),
        ("dropout=", "“dropout=” does not say what to vary: write NAME=LOW:HIGH, NAME=LOW:HIGH:log or NAME=a,b,c."),
        ("mood=1:2", "There is no setting called “mood” to vary."),
        ("dropout=0.5:0.5", "The range of Dropout must rise: 0.5 is not below 0.5."),
        ("dropout=0:0.5:log", "A logarithmic range of Dropout must begin above 0, not at 0."),
        ("dropout=0:2", "Dropout must be a number from 0 to 0.9, not “2”."),
        ("dropout=nan:inf", "Dropout must be a number from 0 to 0.9, not “nan”."),
        ("batch_size=1_000:2000", "Batch size must be a whole number from 1 to 4,096, not “1_000”."),
        (
            "batch_size=8:64:lin",
            ("“batch_size=8:64:lin” is not a range: write NAME=LOW:HIGH, NAME=LOW:HIGH:log or NAME=a,b,c."),
        ),
        ("optimizer=1:2", "Optimiser has no range: list its values, such as optimizer=sgd,momentum,adam,adamw."),
        ("optimizer=adam,best", "Optimiser must be one of sgd, momentum, adam, adamw, not “best”."),
        ("optimizer=adam,adam", "A value of Optimiser is listed twice in “adam,adam”."),
        ("widths=100,200", "Widths per layer cannot be varied: vary hidden_size and hidden_layers instead."),
        ("seed=1:9", "Seed cannot be varied: the best of several seeds is luck, which no other run repeats."),
        ("split_seed=1,2", "Split seed cannot be varied: trials are compared on the same images, from the same start."),
    ],
)
def test_what_cannot_be_varied_gets_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_varied(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("vary", "config", "sentence"),
    [
        (["dropout=0:0.5", "dropout=0.1"], {}, "Dropout is varied twice: give it one range or one list of values."),
        (
            ["hidden_size=8:16"],
            {"architecture": "linear"},
            ("Hidden size cannot be varied: a linear classifier has no hidden layers."),
        ),
        (
            ["hidden_layers=1,2"],
            {"widths": "32"},
            ("Hidden layers cannot be varied: Widths per layer overrides it, so leave that out."),
        ),
        (["filters=4,16"], {"architecture": "mlp"}, "Filters cannot be varied: only a CNN has them."),
        (["weight_decay=0:0.1"], {"backend": "numpy"}, "The NumPy backend has no weight decay: choose PyTorch for it."),
        (
            ["training_size=100:200"],
            {"split": "in_order"},
            ("Training-set size cannot be varied: with a split in order it decides which images judge a network."),
        ),
    ],
)
def test_what_does_not_go_with_the_settings_gets_a_sentence(vary: list[str], config: dict, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_space(vary, TrainConfig(**config))
    assert str(caught.value) == sentence


def test_what_is_usual_leaves_out_what_has_no_effect() -> None:
    assert [varied.text() for varied in usual_space(TrainConfig())] == list(USUAL)
    names = [varied.name for varied in usual_space(TrainConfig(architecture="linear"))]
    assert names == ["learning_rate", "dropout"]


def test_whatever_changes_how_networks_are_judged_cannot_be_varied() -> None:
    assert not any(map(can_vary, NEVER_VARIED))
    assert {name for name in TrainConfig.model_fields if not can_vary(name)} == set(NEVER_VARIED)


def test_a_grid_is_even_on_its_scale() -> None:
    rate, dropout = Span("learning_rate", 1e-4, 1e-2, is_log=True), Span("dropout", 0.0, 0.4)
    np.testing.assert_allclose(rate.grid(), np.geomspace(1e-4, 1e-2, 5), rtol=1e-5)
    np.testing.assert_allclose(dropout.grid(), np.linspace(0, 0.4, 5), rtol=1e-5)
    assert Span("hidden_layers", 1, 3).grid() == (1, 2, 3)
    space = (rate, Span("hidden_layers", 1, 3), Values("bias", (True, False)))
    points = grid_points(space)
    assert len(points) == grid_size(space) == 5 * 3 * 2
    assert [tuple(point.values()) for point in points] == list(itertools.product(*(varied.grid() for varied in space)))


def test_draws_are_even_on_their_scale() -> None:
    generator, shares = np.random.default_rng(0), np.linspace(0.1, 0.9, 9)

    def quantiles(varied: Span) -> np.ndarray:
        return np.quantile([varied.draw(generator) for _ in range(4_000)], shares)

    np.testing.assert_allclose(quantiles(Span("dropout", 0.0, 0.5)), 0.5 * shares, atol=0.02)
    rates = quantiles(Span("learning_rate", 1e-4, 1e-2, is_log=True))
    np.testing.assert_allclose(np.log10(rates), 2 * shares - 4, atol=0.08)
    for span in (Span("hidden_layers", 1, 4), Values("hidden_layers", (1, 2, 3, 4))):
        values, counts = np.unique([span.draw(generator) for _ in range(4_000)], return_counts=True)
        assert list(values) == [1, 2, 3, 4]
        np.testing.assert_allclose(counts, 1_000, atol=120)
    drawn = [Span("batch_size", 8, 64, is_log=True).draw(generator) for _ in range(200)]
    assert all(type(size) is int and 8 <= size <= 64 for size in drawn)


def test_what_goes_together_is_what_a_config_takes() -> None:
    """Against the validation of whole configs."""
    vary = ("backend=torch,numpy", "optimizer=adam,adamw", "architecture=mlp,cnn", "rotation=0,5", "bias=true,false")
    config = TrainConfig(epochs=2)
    space = read_space(vary, config)
    grid = grid_of(config, space)

    def is_taken(point: dict) -> bool:
        try:
            trial_config(config, point)
        except ConfigError:
            return False
        return True

    assert list(grid.points) == [point for point in grid_points(space) if is_taken(point)]
    assert (len(grid.points), grid.skipped) == (16 + 2, 14)
    assert "The NumPy backend has no " in grid.why


def test_a_run_to_start_from_fixes_the_layers() -> None:
    config = TrainConfig(start_from="calm-otter-1a2b3c")
    assert [varied.name for varied in usual_space(config)] == ["learning_rate", "dropout"]
    for vary in ("hidden_size=8:64", "bias=true,false", "architecture=mlp,cnn"):
        with pytest.raises(ConfigError, match="cannot be varied: a network starts from a run that has the same layers"):
            make_plan(config, [vary], ONE_TRIAL)


def test_optuna_draws_from_the_same_range() -> None:
    assert read_varied("batch_size=8:64:log").distribution() == IntDistribution(8, 64, log=True)
    assert read_varied("dropout=0:0.5").distribution() == FloatDistribution(0.0, 0.5)
    assert read_varied("optimizer=adam,sgd").distribution() == CategoricalDistribution(("adam", "sgd"))


def test_a_plan_is_read_as_it_was_written() -> None:
    config = TrainConfig(epochs=7, widths="", dataset="mnist")
    for sampler, budget in itertools.product(Sampler, (ONE_TRIAL, Budget.of(minutes=1.5))):
        plan = make_plan(config, ["dropout=0:0.5", "optimizer=adam,sgd"], budget, sampler, prunes=False)
        assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    ("budget", "sentence"),
    [
        ({}, "A search needs a budget: give either minutes or trials."),
        ({"minutes": 1, "trials": 1}, "A search needs a budget: give either minutes or trials."),
        ({"minutes": 0}, "Minutes must be a number above 0 and at most 10,080, not 0."),
        ({"trials": 0}, "Trials must be a whole number from 1 to 10,000, not 0."),
    ],
)
def test_a_budget_is_one_of_two(budget: dict, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Budget.of(**budget)
    assert str(caught.value) == sentence


def test_a_grid_that_nobody_can_finish_is_refused() -> None:
    vary = [f"{name}=0.1:0.4" for name in ("dropout", "mixup", "zoom", "erasing", "label_smoothing", "label_noise")]
    with pytest.raises(ConfigError, match="A grid of 15,625 combinations is too large"):
        make_plan(TrainConfig(), vary, ONE_TRIAL, "grid")
    assert make_plan(TrainConfig(), vary, ONE_TRIAL, "random").most_trials == 1


def test_epochs_are_comparable_only_where_all_trials_have_as_many() -> None:
    assert make_plan(TrainConfig(), ["dropout=0:0.5"], ONE_TRIAL).can_prune
    assert not make_plan(TrainConfig(), ["epochs=1:9"], ONE_TRIAL).can_prune

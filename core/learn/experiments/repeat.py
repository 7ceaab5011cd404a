"""An experiment in this very process, without an engine or a store: for the table of ten sets, and for tests."""

import time
from collections.abc import Sequence

from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import Splits
from core.errors import TrainingError
from core.learn.experiments.records import Check, Experiment, Measurement, Read, Variant, seeds_of
from core.learn.experiments.samples import Result, Sample, diverged_result, result_of_epochs, with_reading
from core.models.numpy_model import NumpyModel
from core.training.events import EpochCompleted


def repeat(experiment: Experiment, number: int) -> tuple[Check, ...]:
    """The checks of an experiment with a set of seeds; see :func:`core.learn.experiments.records.seeds_of`."""
    seeds = seeds_of(number)
    trained = [_train_all(variant, seeds, experiment.read) for variant in experiment.variants]
    samples = [
        Sample(variant, tuple(result for result, _ in results))
        for variant, results in zip(experiment.variants, trained, strict=True)
    ]
    models = [model for _, model in trained[0] if model is not None] if trained else []
    return experiment.check(samples, _measure(experiment, seeds, models))


def train(
    config: TrainConfig, read: Read = Read.NOTHING, splits: Splits | None = None
) -> tuple[Result, NumpyModel | None]:
    """One training run and its network, or None where it diverged.

    Parameters
    ----------
    splits
        Of the config, where they have been loaded already.
    """
    from core.training.fit import fit

    splits = splits or load_splits(config)
    started = time.perf_counter()
    epochs, weights = [], {}
    try:
        for event in fit(config, splits):
            if isinstance(event, EpochCompleted):
                epochs.append(event.metrics)
                weights = event.checkpoint.kept_weights
    except TrainingError:
        return diverged_result(sum(epoch.step for epoch in epochs), time.perf_counter() - started), None
    model = NumpyModel("repeated", config, weights, splits.normalisation)
    result = result_of_epochs(epochs, sum(epoch.seconds for epoch in epochs))
    return with_reading(result, read, model, splits), model


def _train_all(variant: Variant, seeds: Sequence[int], read: Read) -> list[tuple[Result, NumpyModel | None]]:
    splits = load_splits(variant.config)
    return [train(config, read, splits) for config in variant.with_seeds(seeds)]


def _measure(experiment: Experiment, seeds: Sequence[int], models: Sequence[NumpyModel]) -> Measurement | None:
    if experiment.measure is None:
        return None
    if experiment.profiles_networks:
        return experiment.measure(models)
    return experiment.measure(seeds) if experiment.measures_seeds else experiment.measure()

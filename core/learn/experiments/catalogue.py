"""All experiments. Each is small enough for five seeds a variant in less than a minute on two cores."""

from core.learn.experiments import images, networks, training
from core.learn.experiments.records import Experiment

EXPERIMENTS: tuple[Experiment, ...] = (*training.EXPERIMENTS, *networks.EXPERIMENTS, *images.EXPERIMENTS)

TUNED = ("size", "relu", "start", "scaling", "shuffle", "balance", "layers", "overfitting", "augmentation")
"""Experiments with a rate for each variant, from ``python -m benchmarks.experiments --tune``."""


def experiment_named(name: str) -> Experiment:
    """One experiment by its name.

    Raises
    ------
    ValueError
        If there is none.
    """
    for experiment in EXPERIMENTS:
        if experiment.name == name:
            return experiment
    raise ValueError(name)

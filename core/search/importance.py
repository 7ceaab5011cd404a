"""How much each varied setting matters: computed in a worker, for Optuna loads scikit-learn to do it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.search.records import TrialRecord
from core.search.space import Varied, distributions

FEWEST_TRIALS = 4
MOST_TRIALS = 1_000


@dataclass(frozen=True)
class Measured:
    """A completed trial as a worker is given it."""

    params: Mapping[str, Any]
    val_accuracy: float


def measured(trials: Sequence[TrialRecord]) -> tuple[Measured, ...]:
    """The last ``MOST_TRIALS`` of completed trials."""
    found = [Measured(dict(t.params), t.val_accuracy) for t in trials if t.val_accuracy is not None]
    return tuple(found[-MOST_TRIALS:])


def importances(space: Sequence[Varied], trials: Sequence[Measured]) -> dict[str, float]:
    """Share of each setting in what makes trials good, the largest first; all together 1.

    Raises
    ------
    ValueError
        If there are fewer than two trials.

    References
    ----------
    PED-ANOVA: Watanabe et al. 2023, https://arxiv.org/abs/2304.10255.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    known = distributions(space)
    for trial in trials:
        # The values of JSON are those of the distributions again.
        params = {name: value for name, value in trial.params.items() if name in known}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=known, value=trial.val_accuracy))
    return dict(optuna.importance.get_param_importances(study))

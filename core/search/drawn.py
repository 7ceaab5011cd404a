"""A search as Optuna's plots take it: in memory, of bounded size, with the names that people read."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.config import setting_title
from core.search.records import ERROR
from core.search.space import Varied

if TYPE_CHECKING:
    import optuna

MOST_DRAWN = 1_000


def study_to_draw(
    space: Sequence[Varied], trials: "Sequence[optuna.trial.FrozenTrial]", most: int = MOST_DRAWN
) -> "optuna.Study":
    """The trials that have ended; of more than ``most``, those evenly spread in time, the best among them."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    titles = {varied.name: setting_title(varied.name) for varied in space}
    for trial in _sample([trial for trial in trials if _counts(trial, titles)], most):
        study.add_trial(
            optuna.trial.create_trial(
                state=trial.state,
                values=trial.values,
                params={titles[name]: value for name, value in trial.params.items()},
                distributions={titles[name]: one for name, one in trial.distributions.items()},
                intermediate_values=trial.intermediate_values,
            )
        )
    return study


def _counts(trial: "optuna.trial.FrozenTrial", known: dict[str, str]) -> bool:
    """Whether a trial was measured, and varies what is varied."""
    is_measured = trial.state.name in ("COMPLETE", "PRUNED") and ERROR not in trial.user_attrs
    return is_measured and bool(trial.values) and trial.params.keys() == known.keys()


def _sample(trials: "list[optuna.trial.FrozenTrial]", most: int) -> "list[optuna.trial.FrozenTrial]":
    if len(trials) <= most:
        return trials
    best = max(trials, key=lambda trial: trial.values[0] if trial.state.name == "COMPLETE" else -1.0)
    chosen = {round(index * (len(trials) - 1) / (most - 1)) for index in range(most)}
    return [trial for index, trial in enumerate(trials) if index in chosen or trial is best]

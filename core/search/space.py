"""What a search varies: settings of a training run, each with a range or a list of values."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config import TrainConfig, setting_options, setting_title
from core.errors import ConfigError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

MOST_VARIED = 10
MOST_VALUES = 50
GRID_STEPS = 5
"""Values that a grid takes from a range."""
LARGEST_GRID = 10_000
NOT_COMPARABLE = ("dataset", "split", "split_seed", "validation_size", "test_size", "start_from")
"""Settings that decide by which images a network is judged, or from what it starts: trials would not be comparable."""
NEVER_VARIED = (*NOT_COMPARABLE, "widths", "teacher", "corrections", "seed")
LAYERS = ("architecture", "hidden_size", "hidden_layers", "filters", "bias", "batch_norm")
"""Settings that decide which weights a network has."""
USUAL = ("learning_rate=0.0003:0.01:log", "hidden_size=64:512:log", "dropout=0:0.3")
"""What is varied where nothing is said; what has no effect on a network is left out."""
_FORMS = "write NAME=LOW:HIGH, NAME=LOW:HIGH:log or NAME=a,b,c"
_GEOMETRIC = ("learning_rate", "hidden_size", "batch_size", "training_size", "weight_decay")


@dataclass(frozen=True)
class Span:
    """A setting between two values, both included.

    Parameters
    ----------
    is_log
        Whether every factor is as likely as another, not every difference.
    """

    name: str
    low: float
    high: float
    is_log: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are tried."""
        return _is_whole(self.name)

    def text(self) -> str:
        """As the command line and the URL write it."""
        return f"{self.name}={_number(self.low)}:{_number(self.high)}{':log' if self.is_log else ''}"

    def grid(self) -> tuple[float, ...]:
        """At most ``GRID_STEPS`` values from one end to the other, evenly apart on its scale."""
        shares = [step / (GRID_STEPS - 1) for step in range(GRID_STEPS)]
        if self.is_log:
            values = [self.low * (self.high / self.low) ** share for share in shares]
        else:
            values = [self.low + (self.high - self.low) * share for share in shares]
        values = [self.low, *values[1:-1], self.high]
        return tuple(dict.fromkeys(round(value) if self.is_whole else float(f"{value:.6g}") for value in values))

    def draw(self, generator: np.random.Generator) -> float:
        """A value, every one as likely as another on its scale."""
        low, high = (self.low - 0.5, self.high + 0.5) if self.is_whole else (self.low, self.high)
        value = (
            math.exp(generator.uniform(math.log(low), math.log(high))) if self.is_log else generator.uniform(low, high)
        )
        return min(max(round(value) if self.is_whole else value, self.low), self.high)

    def distribution(self) -> "BaseDistribution":
        """What Optuna draws from."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if self.is_whole:
            return IntDistribution(int(self.low), int(self.high), log=self.is_log)
        return FloatDistribution(self.low, self.high, log=self.is_log)


@dataclass(frozen=True)
class Values:
    """A setting that takes one of these values."""

    name: str
    values: tuple[Any, ...]

    def text(self) -> str:
        """As the command line and the URL write it."""
        return f"{self.name}={','.join(map(_number, self.values))}"

    def grid(self) -> tuple[Any, ...]:
        """All of them."""
        return self.values

    def draw(self, generator: np.random.Generator) -> Any:
        """One of them."""
        return self.values[int(generator.integers(len(self.values)))]

    def distribution(self) -> "BaseDistribution":
        """What Optuna draws from."""
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(self.values)


Varied = Span | Values


def read_varied(text: str) -> Varied:
    """``learning_rate=0.0001:0.1:log`` or ``optimizer=adam,sgd``; names may have hyphens, as flags do.

    Raises
    ------
    ConfigError
        If it is neither, or not a setting that trials can differ in, or beyond what the setting takes.
    """
    name, equals, said = text.partition("=")
    name = name.strip().replace("-", "_")
    if not equals or not said.strip():
        raise ConfigError(f"“{text[:40]}” does not say what to vary: {_FORMS}.")
    _check_name(name)
    return _read_span(name, said) if ":" in said else _read_values(name, said)


def read_space(texts: Iterable[str], config: TrainConfig) -> tuple[Varied, ...]:
    """What is varied, from its texts; the usual settings if there are none.

    Parameters
    ----------
    config
        The settings that all trials share.

    Raises
    ------
    ConfigError
        As for :func:`read_varied`; or if a setting is named twice, has no effect on such a network, or cannot be varied
        together with the others.
    """
    space = tuple(map(read_varied, texts)) or usual_space(config)
    names = [varied.name for varied in space]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"{setting_title(twice)} is varied twice: give it one range or one list of values.")
    if len(space) > MOST_VARIED:
        raise ConfigError(f"At most {MOST_VARIED} settings can be varied at a time, not {len(space)}.")
    for varied in space:
        if why := why_idle(varied.name, config, names):
            raise ConfigError(why)
        for value in ends(varied):
            config.replace(**{varied.name: value})
    return space


def usual_space(config: TrainConfig) -> tuple[Varied, ...]:
    """The usual settings, without those that have no effect on such a network."""
    return tuple(v for v in map(read_varied, USUAL) if not (why_idle(v.name, config) or why_same(v.name, config)))


def why_same(name: str, config: TrainConfig) -> str:
    """Why trials cannot differ in a setting, given the run that they start from, as a sentence; empty if they can."""
    why = f"{setting_title(name)} cannot be varied: a network starts from a run that has the same layers."
    return why if config.start_from and name in LAYERS else ""


def why_idle(name: str, config: TrainConfig, varied: Sequence[str] = ()) -> str:
    """Why to vary a setting would change nothing, as a sentence; empty if it does.

    Parameters
    ----------
    varied
        What is varied besides: another setting may make this one count.
    """
    title = setting_title(name)
    if name in ("hidden_size", "hidden_layers", "filters"):
        why = _why_no_layers(name, config, is_fixed="architecture" not in varied)
        return f"{title} cannot be varied: {why}" if why else ""
    if name == "initial_range" and config.initialisation != "uniform" and "initialisation" not in varied:
        return f"{title} cannot be varied: it is only used with uniform initialisation."
    if name in ("teacher_share", "temperature") and not config.teacher:
        return f"{title} cannot be varied: it is only used with a teacher."
    if name == "training_size" and config.split == "in_order":
        return f"{title} cannot be varied: with a split in order it decides which images judge a network."
    return ""


def _why_no_layers(name: str, config: TrainConfig, *, is_fixed: bool) -> str:
    """Why a setting of its layers means nothing to such a network, whose architecture may be fixed."""
    if name == "filters":
        return "only a CNN has them." if is_fixed and config.architecture != "cnn" else ""
    if is_fixed and config.architecture == "linear":
        return "a linear classifier has no hidden layers."
    return "Widths per layer overrides it, so leave that out." if config.widths else ""


def can_vary(name: str) -> bool:
    """Whether trials may differ in this setting."""
    return name in TrainConfig.model_fields and name not in NEVER_VARIED


def has_range(name: str) -> bool:
    """Whether a setting is a number."""
    return TrainConfig.model_fields[name].annotation in (int, float)


def is_geometric(name: str) -> bool:
    """Whether people think of a setting in factors, so that a range of it is best searched so."""
    return name in _GEOMETRIC


def ends(varied: Varied) -> tuple[Any, ...]:
    """The values that have to be permitted for all to be."""
    return (varied.low, varied.high) if isinstance(varied, Span) else varied.values


def grid_size(space: Sequence[Varied]) -> int:
    """How many combinations a grid has."""
    return math.prod(len(varied.grid()) for varied in space)


def grid_points(space: Sequence[Varied]) -> list[dict[str, Any]]:
    """Every combination, the last setting changing fastest.

    Raises
    ------
    ConfigError
        If there are more than ``LARGEST_GRID``.
    """
    if (size := grid_size(space)) > LARGEST_GRID:
        raise ConfigError(f"A grid of {size:,} combinations is too large: vary fewer settings, or use random or tpe.")
    names = [varied.name for varied in space]
    return [dict(zip(names, values, strict=True)) for values in product(*(varied.grid() for varied in space))]


def distributions(space: Sequence[Varied]) -> "dict[str, BaseDistribution]":
    """What Optuna is told."""
    return {varied.name: varied.distribution() for varied in space}


def trial_config(config: TrainConfig, params: Mapping[str, Any]) -> TrainConfig:
    """The settings of one trial.

    Raises
    ------
    ConfigError
        If they do not go together.
    """
    return config.replace(**params)


def _check_name(name: str) -> None:
    if name not in TrainConfig.model_fields:
        raise ConfigError(f"There is no setting called “{name[:40]}” to vary.")
    title = setting_title(name)
    if name in NOT_COMPARABLE:
        raise ConfigError(f"{title} cannot be varied: trials are compared on the same images, from the same start.")
    if name == "widths":
        raise ConfigError(f"{title} cannot be varied: vary hidden_size and hidden_layers instead.")
    if name == "teacher":
        raise ConfigError(f"{title} cannot be varied: name one for all trials.")
    if name == "seed":
        raise ConfigError(f"{title} cannot be varied: the best of several seeds is luck, which no other run repeats.")


def _read_span(name: str, said: str) -> Span:
    title = setting_title(name)
    if not has_range(name):
        options = ",".join(setting_options(name))
        raise ConfigError(f"{title} has no range: list its values, such as {name}={options}.")
    low, high, *rest = (part.strip() for part in said.split(":"))
    if rest not in ([], ["log"]):
        raise ConfigError(f"“{name}={said[:40]}” is not a range: {_FORMS}.")
    first, last = (getattr(TrainConfig.from_mapping({name: end}), name) for end in (low, high))
    if first >= last:
        raise ConfigError(f"The range of {title} must rise: {low[:20]} is not below {high[:20]}.")
    if rest and first <= 0:
        raise ConfigError(f"A logarithmic range of {title} must begin above 0, not at {low[:20]}.")
    return Span(name, first, last, is_log=bool(rest))


def _read_values(name: str, said: str) -> Values:
    parts = [part.strip() for part in said.split(",")]
    values = tuple(getattr(TrainConfig.from_mapping({name: part}), name) for part in parts)
    if len(set(values)) < len(values):
        raise ConfigError(f"A value of {setting_title(name)} is listed twice in “{said[:40]}”.")
    if len(values) > MOST_VALUES:
        raise ConfigError(f"At most {MOST_VALUES} values of {setting_title(name)} can be listed, not {len(values)}.")
    return Values(name, values)


def _is_whole(name: str) -> bool:
    return TrainConfig.model_fields[name].annotation is int


def _number(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)

"""TrainConfig: every choice that makes one training, validated, frozen and round-tripping through JSON."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ConfigError

Activation = Literal["relu", "tanh", "sigmoid"]
Optimizer = Literal["sgd", "momentum", "adam", "adamw"]
Schedule = Literal["constant", "cosine", "one_cycle"]

TRAINING_IMAGES = 55_000
"""Images left for training once 5,000 of the 60,000 are set aside for validation."""


class TrainConfig(BaseModel):
    """Hyperparameters and sources of one training.

    ``seed`` draws the initial weights, the order of the images and the dropout masks. ``split_seed`` draws the
    validation images, apart from ``seed``, so that runs with different seeds are measured on the same images.

    Raises
    ------
    ConfigError
        From :meth:`from_mapping` and :meth:`from_json`, with the setting, its range and the value that was given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", title="TrainConfig")

    hidden_size: Annotated[int, Field(ge=1, le=2048, title="Hidden size")] = 128
    hidden_layers: Annotated[int, Field(ge=0, le=4, title="Hidden layers")] = 1
    learning_rate: Annotated[float, Field(ge=1e-5, le=10.0, allow_inf_nan=False, title="Learning rate")] = 1e-3
    batch_size: Annotated[int, Field(ge=1, le=4096, title="Batch size")] = 64
    epochs: Annotated[int, Field(ge=1, le=200, title="Epochs")] = 5
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, title="Seed")] = 0
    activation: Annotated[Activation, Field(title="Activation")] = "relu"
    optimizer: Annotated[Optimizer, Field(title="Optimiser")] = "adam"
    schedule: Annotated[Schedule, Field(title="Learning-rate schedule")] = "cosine"
    dropout: Annotated[float, Field(ge=0.0, le=0.9, allow_inf_nan=False, title="Dropout")] = 0.0
    weight_decay: Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False, title="Weight decay")] = 0.0
    training_size: Annotated[int, Field(ge=100, le=TRAINING_IMAGES, title="Training-set size")] = TRAINING_IMAGES
    split_seed: Annotated[int, Field(ge=0, le=2**31 - 1, title="Split seed")] = 0
    dataset: Annotated[Literal["mnist"], Field(title="Dataset")] = "mnist"
    backend: Annotated[Literal["torch"], Field(title="Backend")] = "torch"

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "TrainConfig":
        """Validate names and values, for instance those of a URL (strings are converted)."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise ConfigError(_sentence(cls, error)) from None

    @classmethod
    def from_json(cls, text: str | bytes) -> "TrainConfig":
        """Read what :meth:`to_json` wrote."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise ConfigError(_sentence(cls, error)) from None

    def to_json(self) -> str:
        """One line of JSON with every field."""
        return self.model_dump_json()

    def replace(self, **changes: Any) -> "TrainConfig":
        """A validated copy with some fields changed."""
        return self.from_mapping(self.model_dump() | changes)

    def layer_widths(self, inputs: int = 784, classes: int = 10) -> tuple[int, ...]:
        """Units of every layer from input to output: ``(784, 128, 10)`` for the defaults."""
        return (inputs, *[self.hidden_size] * self.hidden_layers, classes)

    def parameter_count(self, inputs: int = 784, classes: int = 10) -> int:
        """Weights and biases of the network."""
        widths = self.layer_widths(inputs, classes)
        return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(widths))


def setting_title(name: str) -> str:
    """The words that users see for a field: ``hidden_size`` → ``Hidden size``."""
    field = TrainConfig.model_fields.get(name)
    return name if field is None or field.title is None else field.title


def setting_range(name: str) -> tuple[float, float]:
    """Lowest and highest permitted value of a numeric field."""
    metadata = TrainConfig.model_fields[name].metadata
    low = next(m.ge for m in metadata if hasattr(m, "ge"))
    high = next(m.le for m in metadata if hasattr(m, "le"))
    return low, high


def setting_options(name: str) -> tuple[str, ...]:
    """Permitted words of a field that is a choice."""
    annotation = TrainConfig.model_fields[name].annotation
    return tuple(getattr(annotation, "__args__", ()))


def _sentence(model: type[TrainConfig], error: ValidationError) -> str:
    """Say the first complaint as one sentence with the setting, what it takes and what it got."""
    first = error.errors(include_url=False)[0]
    if not first["loc"]:
        return "The settings are not a JSON object."
    name = str(first["loc"][0])
    if name not in model.model_fields:
        return f"There is no setting called “{_shown(name)}”."
    given = _shown(first["input"])
    if options := setting_options(name):
        return f"{setting_title(name)} must be one of {', '.join(options)}, not “{given}”."
    low, high = (f"{bound:,.10f}".rstrip("0").rstrip(".") for bound in setting_range(name))
    kind = "a whole number" if model.model_fields[name].annotation is int else "a number"
    return f"{setting_title(name)} must be {kind} from {low} to {high}, not “{given}”."


def _shown(value: object) -> str:
    """At most 40 characters on one line."""
    try:
        text = str(value)
    except ValueError:
        # Python refuses to write out whole numbers of more than 4,300 digits.
        return "a number of thousands of digits"
    return " ".join(text[:80].split())[:40]

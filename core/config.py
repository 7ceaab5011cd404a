"""TrainConfig: every choice that makes one training run, validated, frozen and round-tripping through JSON."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.corrections import MOST_CORRECTIONS, corrections_text, read_corrections
from core.errors import ConfigError

Backend = Literal["torch", "numpy"]
Architecture = Literal["mlp", "linear", "cnn"]
Activation = Literal["relu", "tanh", "sigmoid", "none"]
Initialisation = Literal["auto", "he", "xavier", "uniform", "zeros"]
Loss = Literal["cross_entropy", "squared_error"]
Optimizer = Literal["sgd", "momentum", "adam", "adamw"]
Schedule = Literal["constant", "step", "cosine", "one_cycle", "plateau"]
Split = Literal["stratified", "random", "in_order"]
Scaling = Literal["standardise", "zero_one", "minus_one_one", "none"]

TRAINING_IMAGES = 55_000
"""Images left for training once 5,000 of the 60,000 are set aside for validation."""
MOST_LAYERS = 6
WIDEST = 4096
"""Of the hidden layers, whether their sizes are all alike or told one by one."""

_NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
RUN_ID = r"[a-z0-9][a-z0-9-]{0,62}"
"""What the id of a training run looks like: nothing else ever becomes part of a path."""
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})(e[+-]?[0-9]{1,3})?", re.IGNORECASE)
AUGMENTATIONS = ("rotation", "shift", "zoom", "shear", "elastic", "erasing")
"""Settings that change training images at random; 0 is off."""
NUMPY_LACKS = ("batch_norm", "teacher", "mixup", "gradient_clipping", "weight_decay", *AUGMENTATIONS)
"""Settings that the NumPy backend leaves at their defaults: it is there to be read."""
DATA_SETTINGS = (
    "dataset",
    "training_size",
    "validation_size",
    "test_size",
    "split",
    "split_seed",
    "normalisation",
    "label_noise",
    "imbalance",
    "corrections",
)
"""Settings that decide which images a training run sees, and how."""


def _whole(low: int, high: int, title: str) -> Any:
    return Field(ge=low, le=high, title=title)


def _real(low: float, high: float, title: str) -> Any:
    return Field(ge=low, le=high, allow_inf_nan=False, title=title)


class TrainConfig(BaseModel):
    """Hyperparameters and sources of one training run.

    ``seed`` draws the initial weights, the order of the images, dropout masks and augmentations. ``split_seed`` draws
    the validation images, apart from ``seed``, so that runs with different seeds are measured on the same images.

    Raises
    ------
    ConfigError
        From :meth:`from_mapping` and :meth:`from_json`, with the setting, its range and the value that was given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", title="TrainConfig")

    hidden_size: Annotated[int, _whole(1, WIDEST, "Hidden size")] = 128
    hidden_layers: Annotated[int, _whole(0, MOST_LAYERS, "Hidden layers")] = 1
    learning_rate: Annotated[float, _real(1e-5, 10.0, "Learning rate")] = 1e-3
    batch_size: Annotated[int, _whole(1, 4096, "Batch size")] = 64
    epochs: Annotated[int, _whole(1, 200, "Epochs")] = 5
    seed: Annotated[int, _whole(0, 2**31 - 1, "Seed")] = 0

    dataset: Annotated[str, Field(pattern=_NAME, title="Dataset")] = "mnist"
    backend: Annotated[Backend, Field(title="Backend")] = "torch"
    architecture: Annotated[Architecture, Field(title="Architecture")] = "mlp"
    filters: Annotated[int, _whole(1, 32, "Filters")] = 8
    widths: Annotated[str, Field(title="Widths per layer")] = ""
    activation: Annotated[Activation, Field(title="Activation")] = "relu"
    bias: Annotated[bool, Field(title="Biases")] = True
    batch_norm: Annotated[bool, Field(title="Batch normalisation")] = False
    dropout: Annotated[float, _real(0.0, 0.9, "Dropout")] = 0.0
    initialisation: Annotated[Initialisation, Field(title="Initialisation")] = "auto"
    initial_range: Annotated[float, _real(0.001, 1.0, "Initial range")] = 0.1
    start_from: Annotated[str, Field(pattern=rf"^({RUN_ID})?$", title="Start from run")] = ""

    loss: Annotated[Loss, Field(title="Loss")] = "cross_entropy"
    label_smoothing: Annotated[float, _real(0.0, 0.5, "Label smoothing")] = 0.0
    optimizer: Annotated[Optimizer, Field(title="Optimiser")] = "adam"
    schedule: Annotated[Schedule, Field(title="Learning-rate schedule")] = "cosine"
    warm_up: Annotated[float, _real(0.0, 20.0, "Warm-up epochs")] = 0.0
    weight_decay: Annotated[float, _real(0.0, 1.0, "Weight decay")] = 0.0
    gradient_clipping: Annotated[float, _real(0.0, 100.0, "Gradient clipping")] = 0.0
    patience: Annotated[int, _whole(0, 50, "Early stopping")] = 0
    teacher: Annotated[str, Field(pattern=rf"^({RUN_ID})?$", title="Teacher")] = ""
    teacher_share: Annotated[float, _real(0.0, 1.0, "Teacher’s share")] = 0.5
    temperature: Annotated[float, _real(1.0, 20.0, "Temperature")] = 2.0
    shuffle: Annotated[bool, Field(title="Shuffle")] = True

    mixup: Annotated[float, _real(0.0, 2.0, "Mixup")] = 0.0
    rotation: Annotated[float, _real(0.0, 45.0, "Rotation")] = 0.0
    shift: Annotated[float, _real(0.0, 8.0, "Shift")] = 0.0
    zoom: Annotated[float, _real(0.0, 0.5, "Scale")] = 0.0
    shear: Annotated[float, _real(0.0, 45.0, "Shear")] = 0.0
    elastic: Annotated[float, _real(0.0, 8.0, "Elastic")] = 0.0
    erasing: Annotated[float, _real(0.0, 1.0, "Erasing")] = 0.0

    training_size: Annotated[int, _whole(10, 1_000_000, "Training-set size")] = TRAINING_IMAGES
    validation_size: Annotated[int, _whole(10, 100_000, "Validation size")] = 5_000
    test_size: Annotated[int, _whole(10, 100_000, "Test size")] = 10_000
    split: Annotated[Split, Field(title="Split")] = "stratified"
    split_seed: Annotated[int, _whole(0, 2**31 - 1, "Split seed")] = 0
    normalisation: Annotated[Scaling, Field(title="Normalisation")] = "standardise"
    label_noise: Annotated[float, _real(0.0, 1.0, "Label noise")] = 0.0
    imbalance: Annotated[float, _real(0.0, 0.99, "Class imbalance")] = 0.0
    corrections: Annotated[str, Field(title="Corrected labels")] = ""

    @field_validator("widths", mode="before")
    @classmethod
    def _canonical_widths(cls, value: object) -> object:
        """``256, 128,`` → ``256,128``."""
        text = (",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)).strip()
        parts = [part.strip() for part in text.removesuffix(",").split(",")] if text else []
        if len(parts) > MOST_LAYERS or not all(_is_width(part) for part in parts):
            raise ValueError("not widths")
        return ",".join(str(int(part)) for part in parts)

    @field_validator("corrections", mode="before")
    @classmethod
    def _canonical_corrections(cls, value: object) -> object:
        """By index, see :mod:`core.corrections`."""
        return corrections_text(read_corrections(str(value)))

    @model_validator(mode="after")
    def _check_together(self) -> "TrainConfig":
        if why := self.why_not_together():
            raise ValueError(why)
        return self

    def why_not_together(self) -> str:
        """Why values, each of which its setting takes, do not go together, as a sentence; empty if they do."""
        if self.backend == "numpy":
            if self.architecture == "cnn":
                return "The NumPy backend has no convolutions: choose PyTorch for a CNN."
            if self.optimizer == "adamw":
                return "The NumPy backend has SGD, momentum and Adam only: choose PyTorch for AdamW."
            for name in NUMPY_LACKS:
                if getattr(self, name):
                    return f"The NumPy backend has no {setting_title(name).lower()}: choose PyTorch for it."
        if self.teacher and self.loss != "cross_entropy":
            return "A teacher’s answers are probabilities: choose cross entropy as the loss."
        return ""

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "TrainConfig":
        """Validate names and values, for instance those of a URL (strings are converted, numbers in plain digits)."""
        for name, value in values.items():
            if isinstance(value, str) and not _reads_plainly(cls, name, value):
                raise ConfigError(_refusal(cls, name, value))
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

    def changes_json(self) -> str:
        """One line of JSON with what is not at its default: it stays the same when a new setting comes."""
        return self.model_dump_json(exclude_defaults=True)

    def replace(self, **changes: Any) -> "TrainConfig":
        """A validated copy with some fields changed."""
        return self.from_mapping(self.model_dump() | changes)

    def data_only(self) -> "TrainConfig":
        """The same images with all other settings at their defaults: what two runs on the same data share."""
        return TrainConfig(**{name: getattr(self, name) for name in DATA_SETTINGS})

    @property
    def hidden_widths(self) -> tuple[int, ...]:
        """Units of each hidden layer; ``widths`` counts before size and number of layers."""
        if self.architecture == "linear":
            return ()
        if self.widths:
            return tuple(int(width) for width in self.widths.split(","))
        return (self.hidden_size,) * self.hidden_layers

    @property
    def augments(self) -> bool:
        """Whether training images are changed at random."""
        return any(getattr(self, name) for name in AUGMENTATIONS)


def is_whole(text: str) -> bool:
    """Whether text is a whole number in plain digits, with or without a sign, and short enough to be read."""
    return _WHOLE.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Whether text is a finite number in plain digits: ``0.001``, ``1e-3``, ``-5``."""
    return _NUMBER.fullmatch(text) is not None


def number_text(value: float) -> str:
    """The shortest text that is read back as the very same number, as :func:`is_number` takes it: ``0.001``, ``1``."""
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value)).removesuffix(".0")


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
    return ("true", "false") if annotation is bool else get_args(annotation)


def _is_width(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= WIDEST


def _reads_plainly(model: type[TrainConfig], name: str, text: str) -> bool:
    """Whether text for a number is written in plain digits: Python also takes ``1_000``, `` 3`` and other scripts."""
    field = model.model_fields.get(name)
    kind = None if field is None else field.annotation
    return is_whole(text) if kind is int else kind is not float or is_number(text)


def _sentence(model: type[TrainConfig], error: ValidationError) -> str:
    """Say the first complaint as one sentence with the setting, what it takes and what it got."""
    first = error.errors(include_url=False)[0]
    if not first["loc"]:
        is_ours = first["type"] == "value_error"
        return str(first["ctx"]["error"]) if is_ours else "The settings are not a JSON object."
    name = str(first["loc"][0])
    if name not in model.model_fields:
        return f"There is no setting called “{_shown(name)}”."
    return _refusal(model, name, first["input"])


def _refusal(model: type[TrainConfig], name: str, value: object) -> str:
    return f"{setting_title(name)} must be {_permitted(model, name)}, not “{_shown(value)}”."


def _permitted(model: type[TrainConfig], name: str) -> str:
    if options := setting_options(name):
        return f"one of {', '.join(options)}"
    if name == "widths":
        return f"up to {MOST_LAYERS} whole numbers from 1 to {WIDEST:,}, separated by commas"
    if name == "corrections":
        return f"up to {MOST_CORRECTIONS} corrections such as 12:5:3 or 45:9:x, separated by commas"
    annotation = model.model_fields[name].annotation
    if annotation is str:
        return "a name of lower-case letters, digits and hyphens"
    low, high = (f"{bound:,.10f}".rstrip("0").rstrip(".") for bound in setting_range(name))
    return f"{'a whole number' if annotation is int else 'a number'} from {low} to {high}"


def _shown(value: object) -> str:
    """At most 40 characters on one line."""
    try:
        text = str(value)
    except ValueError:
        # Python refuses to write out whole numbers of more than 4,300 digits.
        return "a number of thousands of digits"
    return " ".join(text[:80].split())[:40]

import json
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.config import TrainConfig, setting_options, setting_range, setting_title
from core.errors import ConfigError

# Written out by hand from the product's description: what the code says must agree, not the other way round.
WHOLE = {
    "hidden_size": (1, 2048),
    "hidden_layers": (0, 4),
    "batch_size": (1, 4096),
    "epochs": (1, 200),
    "seed": (0, 2_147_483_647),
    "training_size": (100, 55_000),
    "split_seed": (0, 2_147_483_647),
}
REAL = {"learning_rate": (1e-5, 10.0), "dropout": (0.0, 0.9), "weight_decay": (0.0, 1.0)}
CHOICES = {
    "activation": ("relu", "tanh", "sigmoid"),
    "optimizer": ("sgd", "momentum", "adam", "adamw"),
    "schedule": ("constant", "cosine", "one_cycle"),
    "dataset": ("mnist",),
    "backend": ("torch",),
}

configs = st.builds(
    TrainConfig,
    **{name: st.integers(low, high) for name, (low, high) in WHOLE.items()},
    **{name: st.floats(low, high, allow_nan=False) for name, (low, high) in REAL.items()},
    **{name: st.sampled_from(words) for name, words in CHOICES.items()},
)


def refusal(**values: object) -> str:
    with pytest.raises(ConfigError) as caught:
        TrainConfig.from_mapping(values)
    return str(caught.value)


def test_every_field_is_held_to_the_description() -> None:
    assert set(TrainConfig.model_fields) == WHOLE.keys() | REAL.keys() | CHOICES.keys()


@pytest.mark.parametrize(("name", "bounds"), (WHOLE | REAL).items())
def test_bounds_are_inside_and_what_lies_beyond_is_refused(name: str, bounds: tuple[float, float]) -> None:
    low, high = bounds
    assert setting_range(name) == bounds
    for value in bounds:
        assert getattr(TrainConfig.from_mapping({name: value}), name) == value
        assert getattr(TrainConfig.from_mapping({name: str(value)}), name) == value
    step = 1 if name in WHOLE else (high - low) * 1e-9
    for value in (low - step, high + step):
        assert refusal(**{name: value}).startswith(f"{setting_title(name)} must be a")


@pytest.mark.parametrize(("name", "words"), CHOICES.items())
def test_choices(name: str, words: tuple[str, ...]) -> None:
    assert setting_options(name) == words
    for word in words:
        assert getattr(TrainConfig.from_mapping({name: word}), name) == word
    for other in ("", "ADAM ", words[0].upper(), None, 3):
        assert refusal(
            **{name: other}
        ) == f"{setting_title(name)} must be one of {', '.join(words)}, not “{other}”.".replace(" ”", "”")


@pytest.mark.parametrize("name", [*WHOLE, *REAL])
@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), "nan", "inf", "abc", "", None, [], {}, "１２"]
)
def test_no_number_is_no_number(name: str, value: object) -> None:
    assert refusal(**{name: value}).endswith(f"not “{value}”.")


@pytest.mark.parametrize("value", ["1e2", "1e9", "0x10", "12.5", 12.5, "1,000", "٣", "--5", "5;drop"])
def test_whole_numbers_are_whole(value: object) -> None:
    assert refusal(hidden_size=value) == f"Hidden size must be a whole number from 1 to 2,048, not “{value}”."


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"hidden_size": "abc"}, "Hidden size must be a whole number from 1 to 2,048, not “abc”."),
        ({"hidden_size": "-1"}, "Hidden size must be a whole number from 1 to 2,048, not “-1”."),
        ({"hidden_size": "1e9"}, "Hidden size must be a whole number from 1 to 2,048, not “1e9”."),
        ({"hidden_layers": 5}, "Hidden layers must be a whole number from 0 to 4, not “5”."),
        ({"learning_rate": 20}, "Learning rate must be a number from 0.00001 to 10, not “20”."),
        ({"learning_rate": "1e-6"}, "Learning rate must be a number from 0.00001 to 10, not “1e-6”."),
        ({"dropout": 1}, "Dropout must be a number from 0 to 0.9, not “1”."),
        ({"batch_size": 0}, "Batch size must be a whole number from 1 to 4,096, not “0”."),
        ({"epochs": 201}, "Epochs must be a whole number from 1 to 200, not “201”."),
        ({"seed": 2**31}, "Seed must be a whole number from 0 to 2,147,483,647, not “2147483648”."),
        ({"training_size": 99}, "Training-set size must be a whole number from 100 to 55,000, not “99”."),
        ({"optimizer": "rmsprop"}, "Optimiser must be one of sgd, momentum, adam, adamw, not “rmsprop”."),
        ({"dataset": "fashion"}, "Dataset must be one of mnist, not “fashion”."),
        ({"colour": "red"}, "There is no setting called “colour”."),
        ({"": 1}, "There is no setting called “”."),
        ({"hidden_size": "a\n b\tc"}, "Hidden size must be a whole number from 1 to 2,048, not “a b c”."),
        ({"epochs": 10**5000}, "Epochs must be a whole number from 1 to 200, not “a number of thousands of digits”."),
    ],
)
def test_sentences(values: dict[str, object], sentence: str) -> None:
    assert refusal(**values) == sentence


def test_long_values_are_cut() -> None:
    assert len(refusal(hidden_size="9" * 100_000)) < 120
    assert len(refusal(**{"x" * 100_000: 1})) < 120


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The settings are not a JSON object."),
        ("[]", "The settings are not a JSON object."),
        ("{", "The settings are not a JSON object."),
        (b"\xff\xfe", "The settings are not a JSON object."),
        ("[" * 100_000, "The settings are not a JSON object."),
        ('{"epochs": NaN}', "Epochs must be a whole number from 1 to 200, not “nan”."),
        ('{"learning_rate": Infinity}', "Learning rate must be a number from 0.00001 to 10, not “inf”."),
        ('{"epochs": 1' + "0" * 400 + "}", f"Epochs must be a whole number from 1 to 200, not “1{'0' * 39}”."),
        ('{"__class__": "os.system"}', "There is no setting called “__class__”."),
    ],
)
def test_json_that_is_none(text: str | bytes, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig.from_json(text)
    assert str(caught.value) == sentence


@given(configs)
def test_json_round_trip(config: TrainConfig) -> None:
    text = config.to_json()
    assert TrainConfig.from_json(text) == config
    assert TrainConfig.from_json(text.encode()) == config
    assert TrainConfig.from_mapping(json.loads(text)) == config
    assert "\n" not in text


@given(configs)
def test_a_url_carries_a_config(config: TrainConfig) -> None:
    assert TrainConfig.from_mapping({name: str(value) for name, value in config.model_dump().items()}) == config


@given(configs)
def test_parameters_are_counted_layer_by_layer(config: TrainConfig) -> None:
    widths = config.layer_widths()
    assert len(widths) == config.hidden_layers + 2
    assert (widths[0], widths[-1]) == (784, 10)
    assert set(widths[1:-1]) <= {config.hidden_size}
    weights = sum(widths[i] * widths[i + 1] for i in range(len(widths) - 1))
    assert config.parameter_count() == weights + sum(widths[1:])


def test_known_parameter_counts() -> None:
    assert TrainConfig().parameter_count() == 101_770
    assert TrainConfig(hidden_layers=0).parameter_count() == 7_850


def test_a_config_never_changes() -> None:
    config = TrainConfig()
    with pytest.raises(ValidationError):
        config.epochs = 9
    changed = config.replace(epochs="9")
    assert (config.epochs, changed.epochs) == (5, 9)
    assert len({config, TrainConfig(), changed}) == 2
    with pytest.raises(ConfigError, match="Epochs must"):
        config.replace(epochs=0)


def test_every_setting_has_a_title_for_people() -> None:
    titles = [setting_title(name) for name in TrainConfig.model_fields]
    assert len(set(titles)) == len(titles)
    assert all(title[0].isupper() and "_" not in title for title in titles)
    assert setting_title("unheard_of") == "unheard_of"


def test_only_choices_have_options() -> None:
    for name in TrainConfig.model_fields:
        assert bool(setting_options(name)) == (name in CHOICES)
    assert typing.get_type_hints(TrainConfig)["hidden_size"] is int

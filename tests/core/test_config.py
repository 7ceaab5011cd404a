import json
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.config import NUMPY_LACKS, TrainConfig, is_number, number_text, setting_options, setting_range, setting_title
from core.errors import ConfigError
from core.models.shapes import layer_widths, parameter_count

# Written out by hand from the product's description: what the code says must agree, not the other way round.
WHOLE = {
    "hidden_size": (1, 4096),
    "hidden_layers": (0, 6),
    "batch_size": (1, 4096),
    "epochs": (1, 200),
    "filters": (1, 32),
    "seed": (0, 2_147_483_647),
    "training_size": (10, 1_000_000),
    "validation_size": (10, 100_000),
    "test_size": (10, 100_000),
    "split_seed": (0, 2_147_483_647),
    "patience": (0, 50),
}
REAL = {
    "learning_rate": (1e-5, 10.0),
    "dropout": (0.0, 0.9),
    "weight_decay": (0.0, 1.0),
    "initial_range": (0.001, 1.0),
    "label_smoothing": (0.0, 0.5),
    "warm_up": (0.0, 20.0),
    "gradient_clipping": (0.0, 100.0),
    "teacher_share": (0.0, 1.0),
    "temperature": (1.0, 20.0),
    "mixup": (0.0, 2.0),
    "rotation": (0.0, 45.0),
    "shift": (0.0, 8.0),
    "zoom": (0.0, 0.5),
    "shear": (0.0, 45.0),
    "elastic": (0.0, 8.0),
    "erasing": (0.0, 1.0),
    "label_noise": (0.0, 1.0),
    "imbalance": (0.0, 0.99),
}
CHOICES = {
    "activation": ("relu", "tanh", "sigmoid", "none"),
    "optimizer": ("sgd", "momentum", "adam", "adamw"),
    "schedule": ("constant", "step", "cosine", "one_cycle", "plateau"),
    "backend": ("torch", "numpy"),
    "architecture": ("mlp", "linear", "cnn"),
    "initialisation": ("auto", "he", "xavier", "uniform", "zeros"),
    "loss": ("cross_entropy", "squared_error"),
    "split": ("stratified", "random", "in_order"),
    "normalisation": ("standardise", "zero_one", "minus_one_one", "none"),
}
SWITCHES = ("bias", "batch_norm", "shuffle")
NAMES = {
    "dataset": ("mnist", "fashion-mnist-0a1b2c3d", "a"),
    "start_from": ("", "brave-otter-000001"),
    "teacher": ("", "brave-otter-000001"),
    "corrections": ("", "12:5:3,45:9:x"),
}
ALWAYS = {"backend": ("torch",), "loss": ("cross_entropy",)}
WIDTHS = st.lists(st.integers(1, 4096), max_size=6).map(lambda widths: ",".join(map(str, widths)))

configs = st.builds(
    TrainConfig,
    **{name: st.integers(low, high) for name, (low, high) in WHOLE.items()},
    **{name: st.floats(low, high, allow_nan=False) for name, (low, high) in REAL.items()},
    # What the NumPy backend and a teacher refuse has tests of its own.
    **{name: st.sampled_from(words) for name, words in (CHOICES | NAMES | ALWAYS).items()},
    **{name: st.booleans() for name in SWITCHES},
    widths=WIDTHS,
)


def refusal(**values: object) -> str:
    with pytest.raises(ConfigError) as caught:
        TrainConfig.from_mapping(values)
    return str(caught.value)


def test_every_field_is_held_to_the_description() -> None:
    assert set(TrainConfig.model_fields) == {*WHOLE, *REAL, *CHOICES, *SWITCHES, *NAMES, "widths"}


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


@pytest.mark.parametrize("text", ["1_000", " 3", "3 ", "３", "٣", "1_0.5", " .5", "1__0"])
@pytest.mark.parametrize("name", ["seed", "learning_rate"])
def test_numbers_are_written_in_plain_digits(name: str, text: str) -> None:
    assert refusal(**{name: text}).startswith(f"{setting_title(name)} must be a")


@pytest.mark.parametrize("value", ["1e2", "1e9", "0x10", "12.5", 12.5, "1,000", "٣", "--5", "5;drop"])
def test_whole_numbers_are_whole(value: object) -> None:
    assert refusal(hidden_size=value) == f"Hidden size must be a whole number from 1 to 4,096, not “{value}”."


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"hidden_size": "abc"}, "Hidden size must be a whole number from 1 to 4,096, not “abc”."),
        ({"hidden_size": "-1"}, "Hidden size must be a whole number from 1 to 4,096, not “-1”."),
        ({"hidden_size": "1e9"}, "Hidden size must be a whole number from 1 to 4,096, not “1e9”."),
        ({"hidden_layers": 7}, "Hidden layers must be a whole number from 0 to 6, not “7”."),
        ({"learning_rate": 20}, "Learning rate must be a number from 0.00001 to 10, not “20”."),
        ({"learning_rate": "1e-6"}, "Learning rate must be a number from 0.00001 to 10, not “1e-6”."),
        ({"dropout": 1}, "Dropout must be a number from 0 to 0.9, not “1”."),
        ({"batch_size": 0}, "Batch size must be a whole number from 1 to 4,096, not “0”."),
        ({"epochs": 201}, "Epochs must be a whole number from 1 to 200, not “201”."),
        ({"seed": 2**31}, "Seed must be a whole number from 0 to 2,147,483,647, not “2147483648”."),
        ({"training_size": 9}, "Training-set size must be a whole number from 10 to 1,000,000, not “9”."),
        ({"optimizer": "rmsprop"}, "Optimiser must be one of sgd, momentum, adam, adamw, not “rmsprop”."),
        ({"dataset": "../x"}, "Dataset must be a name of lower-case letters, digits and hyphens, not “../x”."),
        (
            {"start_from": "A run"},
            "Start from run must be a name of lower-case letters, digits and hyphens, not “A run”.",
        ),
        ({"bias": "maybe"}, "Biases must be one of true, false, not “maybe”."),
        (
            {"widths": "256,x"},
            "Widths per layer must be up to 6 whole numbers from 1 to 4,096, separated by commas, not “256,x”.",
        ),
        (
            {"backend": "numpy", "architecture": "cnn"},
            "The NumPy backend has no convolutions: choose PyTorch for a CNN.",
        ),
        (
            {"backend": "numpy", "optimizer": "adamw"},
            "The NumPy backend has SGD, momentum and Adam only: choose PyTorch for AdamW.",
        ),
        ({"backend": "numpy", "teacher": "demo"}, "The NumPy backend has no teacher: choose PyTorch for it."),
        (
            {"loss": "squared_error", "teacher": "demo"},
            "A teacher’s answers are probabilities: choose cross entropy as the loss.",
        ),
        ({"temperature": 0.5}, "Temperature must be a number from 1 to 20, not “0.5”."),
        ({"backend": "numpy", "rotation": 5}, "The NumPy backend has no rotation: choose PyTorch for it."),
        ({"colour": "red"}, "There is no setting called “colour”."),
        ({"": 1}, "There is no setting called “”."),
        ({"hidden_size": "a\n b\tc"}, "Hidden size must be a whole number from 1 to 4,096, not “a b c”."),
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


@pytest.mark.slow
@given(configs)
def test_json_round_trip(config: TrainConfig) -> None:
    text = config.to_json()
    assert TrainConfig.from_json(text) == config
    assert TrainConfig.from_json(text.encode()) == config
    assert TrainConfig.from_mapping(json.loads(text)) == config
    assert TrainConfig.from_json(config.changes_json()) == config
    assert "\n" not in text


def test_what_a_config_is_known_by_names_no_setting_that_was_left_alone() -> None:
    assert TrainConfig().changes_json() == "{}"
    assert json.loads(TrainConfig(epochs=8, hidden_size=128).changes_json()) == {"epochs": 8}


@pytest.mark.slow
@given(configs)
def test_a_url_carries_a_config(config: TrainConfig) -> None:
    assert TrainConfig.from_mapping({name: str(value) for name, value in config.model_dump().items()}) == config


@pytest.mark.slow
@given(configs)
def test_parameters_are_counted_layer_by_layer(config: TrainConfig) -> None:
    config = config.replace(architecture="mlp", batch_norm=False)
    widths = layer_widths(config)
    hidden = [int(width) for width in config.widths.split(",") if width] or [config.hidden_size] * config.hidden_layers
    assert list(widths) == [784, *hidden, 10]
    weights = sum(widths[i] * widths[i + 1] for i in range(len(widths) - 1))
    assert parameter_count(config) == weights + sum(widths[1:]) * config.bias


def test_known_parameter_counts() -> None:
    assert parameter_count(TrainConfig()) == 101_770
    assert parameter_count(TrainConfig(hidden_layers=0)) == 7_850


@pytest.mark.parametrize(
    "text", ["256,128", " 256 , 128 ", "0256,128", "256,128,", "256, 128 , ", [256, 128], (256, 128)]
)
def test_widths_have_one_form(text: object) -> None:
    config = TrainConfig.from_mapping({"widths": text})
    assert (config.widths, config.hidden_widths) == ("256,128", (256, 128))


@pytest.mark.parametrize(
    "text", ["0", "4097", "-1", "1.5", "1,,2", ",", "1,,", ",1", "1;2", "٣", "1,2,3,4,5,6,7", 1.5, None, {}]
)
def test_no_widths_are_no_widths(text: object) -> None:
    assert refusal(widths=text).startswith("Widths per layer must be up to 6 whole numbers")


def test_a_linear_network_has_no_hidden_layer() -> None:
    assert TrainConfig(architecture="linear", hidden_layers=3).hidden_widths == ()
    assert TrainConfig(architecture="linear", widths="9").hidden_widths == ()


def test_the_numpy_backend_refuses_what_it_lacks() -> None:
    for name in NUMPY_LACKS:
        value = {"batch_norm": True, "teacher": "demo"}.get(name, 0.5)
        assert refusal(backend="numpy", **{name: value}).endswith("choose PyTorch for it.")
        assert TrainConfig.from_mapping({name: value}).backend == "torch"


def test_settings_of_the_data_are_a_key_for_the_images() -> None:
    config = TrainConfig(epochs=9, dataset="a", split="random", label_noise=0.1, hidden_size=3)
    data = config.data_only()
    assert (data.dataset, data.split, data.label_noise, data.epochs, data.hidden_size) == ("a", "random", 0.1, 5, 128)
    assert hash(data) == hash(config.replace(batch_size=1, seed=7).data_only())


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
        assert bool(setting_options(name)) == (name in CHOICES or name in SWITCHES)
    assert typing.get_type_hints(TrainConfig)["hidden_size"] is int


def test_layers_of_one_size_may_be_as_many_and_as_wide_as_those_told_one_by_one() -> None:
    alike = TrainConfig(hidden_size=4096, hidden_layers=6)
    assert alike.hidden_widths == TrainConfig(widths=",".join(["4096"] * 6)).hidden_widths


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_in_a_link_is_the_very_same_number(value: float) -> None:
    assert is_number(number_text(value))
    assert float(number_text(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.001, "0.001"), (1.0, "1"), (1e-5, "1e-05"), (200_000.0, "200000"), (1_234_567.0, "1234567"), (0.0, "0")],
)
def test_short_numbers_stay_short_in_links(value: float, text: str) -> None:
    assert number_text(value) == text

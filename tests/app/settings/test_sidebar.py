"""The sidebar: every setting has a widget, is in the URL, and says what is wrong with it."""

import pytest
from streamlit.testing.v1 import AppTest

from core.config import NUMPY_LACKS, TrainConfig
from core.models.shapes import parameter_count
from core.presets import PRESETS
from core.runs.records import DEMO_RUN_ID
from ui.settings.help import CHOICES, HELP, STEPS
from ui.settings.sidebar import settings_query

OTHERS = {
    "hidden_size": "64",
    "hidden_layers": "2",
    "learning_rate": "0.0017328941205813",
    "batch_size": "128",
    "epochs": "3",
    "seed": "7",
    "widths": "32,16",
    "activation": "tanh",
    "bias": "false",
    "batch_norm": "true",
    "dropout": "0.25",
    "initialisation": "uniform",
    "initial_range": "0.5",
    "loss": "squared_error",
    "label_smoothing": "0.1",
    "optimizer": "momentum",
    "schedule": "one_cycle",
    "warm_up": "0.5",
    "weight_decay": "0.01",
    "gradient_clipping": "1",
    "patience": "3",
    "shuffle": "false",
    "mixup": "0.2",
    "rotation": "10",
    "shift": "2",
    "zoom": "0.1",
    "shear": "5",
    "elastic": "1",
    "erasing": "0.25",
    "training_size": "2000",
    "validation_size": "1000",
    "split": "in_order",
    "split_seed": "4",
    "normalisation": "zero_one",
    "label_noise": "0.1",
    "imbalance": "0.9",
}
"""A value that is not the default for every setting that takes effect beside the others."""


def words(page: AppTest) -> str:
    texts = [*page.markdown, *page.caption, *page.warning, *page.error]
    return "\n".join(element.value for element in texts)


def keys(page: AppTest) -> set[str]:
    """Keys of all widgets in the sidebar, without the mark of those that are off."""
    kinds = ("select_slider", "selectbox", "number_input", "toggle", "text_input")
    found = [widget.key for kind in kinds for widget in getattr(page.sidebar, kind)]
    return {key.removesuffix("_off") for key in found}


def config_of(page: AppTest) -> TrainConfig:
    """What the Train button would be pressed with."""
    train = next(button for button in page.button if button.label == "Train")
    before = {run.run_id for run in _runs()}
    train.click().run()
    assert not page.exception, page.exception
    (new,) = [run for run in _runs() if run.run_id not in before]
    next(button for button in page.button if button.label == "Stop").click().run()
    return new.config


def _runs():
    from ui.shell.resources import run_store

    return run_store().runs()


def test_every_setting_has_a_help_text_and_a_widget(open_page) -> None:
    fields = set(TrainConfig.model_fields) - {"start_from"}
    assert set(HELP) == fields
    assert keys(open_page("train")) == fields


def test_choices_and_steps_are_those_that_the_config_permits() -> None:
    for name, titles in CHOICES.items():
        for word in titles:
            assert getattr(TrainConfig.model_validate({name: word}), name) == word
    for name, steps in STEPS.items():
        assert list(steps) == sorted(set(steps))
        for step in steps:
            assert getattr(TrainConfig.model_validate({name: step}), name) == step


@pytest.mark.slow
def test_a_link_with_everything_trains_with_everything(open_page) -> None:
    page = open_page("train", **OTHERS)
    assert not page.warning
    expected = TrainConfig.from_mapping(OTHERS)
    assert config_of(page) == expected
    assert settings_query(expected) == OTHERS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"widths": "a,b"}, "Widths per layer must be up to 6 whole numbers from 1 to 4,096"),
        ({"bias": "perhaps"}, "Biases must be one of true, false, not “perhaps”."),
        ({"schedule": "zigzag"}, "Learning-rate schedule must be one of"),
        ({"backend": "jax"}, "Backend must be one of torch, numpy, not “jax”."),
        ({"dataset": "atlantis"}, "There is no dataset called “atlantis”"),
        ({"dataset": "../x"}, "Dataset must be a name"),
        ({"start_from": "no-such-run"}, "There is no run “no-such-run” to start from"),
        ({"start_from": "../x"}, "Start from run must be a name"),
        ({"teacher": "no-such-run"}, "There is no run “no-such-run” to learn from"),
        ({"teacher": DEMO_RUN_ID, "loss": "squared_error"}, "A teacher’s answers are probabilities"),
        ({"elastic": "nan"}, "Elastic must be a number from 0 to 8"),
        ({"backend": "numpy", "mixup": "0.5"}, "The NumPy backend has no mixup: ignored here."),
        ({"backend": "numpy", "optimizer": "adamw"}, "The NumPy backend has no AdamW: ignored here."),
        ({"backend": "numpy", "architecture": "cnn"}, "The NumPy backend has no CNN: ignored here."),
    ],
)
def test_what_cannot_be_gets_one_sentence(open_page, query: dict[str, str], sentence: str) -> None:
    page = open_page("train", run=DEMO_RUN_ID, epochs="7", **query)
    assert len(page.warning) == 1, [warning.value for warning in page.warning]
    assert sentence in page.warning[0].value
    assert page.number_input(key="epochs").value == 7
    page.run()
    assert not page.warning


@pytest.mark.slow
def test_a_teacher_comes_by_link_and_by_its_id(open_page) -> None:
    page = open_page("train", teacher=DEMO_RUN_ID, teacher_share="0.7", temperature="3")
    expected = TrainConfig(teacher=DEMO_RUN_ID, teacher_share=0.7, temperature=3)
    assert config_of(page) == expected
    assert not page.warning
    page.text_input(key="teacher").set_value("No such run").run()
    assert "Teacher must be a name" in words(page)
    assert config_of(page) == expected.replace(teacher="")


@pytest.mark.parametrize(("given", "kept"), [("256, 128", "256,128"), (" 064 ", "64")])
def test_widths_are_written_in_one_form(open_page, given: str, kept: str) -> None:
    page = open_page("train", widths=given)
    assert page.text_input(key="widths").value == kept
    assert not page.warning


@pytest.mark.slow
def test_widths_typed_wrongly_are_named_and_taken_out(open_page) -> None:
    page = open_page("train")
    page.text_input(key="widths").set_value("12,many").run()
    assert "not “12,many”" in words(page)
    assert page.text_input(key="widths").value == ""
    page.text_input(key="widths").set_value("300,100").run()
    assert "784 – 300 – 100 – 10" in words(page)
    assert page.text_input(key="hidden_size_off").disabled


@pytest.mark.slow
def test_the_numpy_backend_switches_off_what_it_lacks(open_page) -> None:
    page = open_page("train", mixup="0.4", optimizer="adamw")
    page.selectbox(key="backend").set_value("numpy").run()
    assert not page.exception
    assert not page.warning
    for name in NUMPY_LACKS:
        kind = page.toggle if name == "batch_norm" else page.text_input
        assert kind(key=f"{name}_off").disabled
    assert page.selectbox(key="optimizer").value == "adam"
    assert len(page.selectbox(key="optimizer").options) == 3
    assert "by NumPy from scratch" in words(page)
    assert page.query_params["backend"] in ("numpy", ["numpy"])
    page.selectbox(key="backend").set_value("torch").run()
    assert page.select_slider(key="mixup").value == 0.0


@pytest.mark.slow
def test_a_linear_classifier_and_a_cnn_are_described(open_page) -> None:
    page = open_page("train", architecture="linear")
    assert "no hidden layer: **784 – 10**" in words(page)
    assert page.text_input(key="hidden_layers_off").disabled
    assert page.text_input(key="filters_off").disabled
    page.selectbox(key="architecture").set_value("cnn").run()
    assert "two convolutions (CNN, 8 and 16 filters)" in words(page)
    assert f"{parameter_count(TrainConfig(architecture='cnn')):,} parameters" in words(page)
    page.select_slider(key="filters").set_value(4).run()
    assert "two convolutions (CNN, 4 and 8 filters) and one hidden layer: **128 – 128 – 10**" in words(page)


@pytest.mark.slow
def test_a_run_to_start_from_is_shown_and_can_be_removed(open_page, trained_run) -> None:
    page = open_page("train", start_from=trained_run.run_id, hidden_size="16")
    assert f"Starts from run **{trained_run.name}**" in words(page)
    assert not page.warning
    page.select_slider(key="hidden_size").set_value(32).run()
    assert "its weights fit no other shape" in words(page)
    next(button for button in page.button if button.label == "Start from fresh weights").click().run()
    assert "Starts from run" not in words(page)
    assert "start_from" not in page.query_params


@pytest.mark.slow
def test_as_many_training_images_can_be_chosen_as_the_split_leaves(open_page) -> None:
    page = open_page("train", validation_size="1000")
    assert page.select_slider(key="training_size").options[-1] == "59000"


@pytest.mark.slow
def test_settings_survive_a_change_of_page(open_page) -> None:
    page = open_page("train", schedule="step", bias="false", widths="32,16", batch_size="256")
    page.switch_page("runs.py").run()
    page.switch_page("train.py").run()
    assert page.selectbox(key="schedule").value == "step"
    assert page.toggle(key="bias").value is False
    assert page.text_input(key="widths").value == "32,16"
    assert page.select_slider(key="batch_size").value == 256


@pytest.mark.slow
def test_a_preset_replaces_every_setting(open_page) -> None:
    page = open_page("train", **OTHERS)
    page.segmented_control(key="train_preset").set_value(PRESETS[0].title).run()
    assert config_of(page).model_dump() == PRESETS[0].config.model_dump()

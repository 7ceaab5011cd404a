"""The sidebar's settings ↔ TrainConfig.

Each widget's key is the field's name, which is also its name in the URL: ``/train?hidden_size=64&epochs=3``.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.config import AUGMENTATIONS, DATA_SETTINGS, NUMPY_LACKS, TrainConfig
from core.data.dataset import DatasetEntry
from core.data.split_sizes import split_sizes
from core.errors import DigitLabError
from core.models.shapes import architecture_name, weight_shapes
from core.training.schedule import schedule_curve
from core.training.teaching import require_teacher
from ui.live.figure import show_figure
from ui.settings.changed import mark_changed, show_reset
from ui.settings.corrected import check_corrected
from ui.settings.help import CHOICES
from ui.settings.url import START, apply_settings, check_url, current, fall_back, set_setting, settings_query
from ui.settings.widgets import choose, show_setting
from ui.shell.exercise import why_fixed
from ui.shell.resources import dataset_entry, datasets_to_train_on, engine, run_store
from ui.shell.words import dataset_titles, describe, escape_markdown

__all__ = ["apply_settings", "settings_query", "show_settings_in_words", "training_settings"]

_NETWORK = (
    *("architecture", "filters", "widths", "activation", "bias", "batch_norm"),
    *("dropout", "initialisation", "initial_range"),
)
_TRAINING = ("loss", "label_smoothing", "optimizer", "schedule")
_TEACHER = ("teacher", "teacher_share", "temperature")
_MORE_TRAINING = ("warm_up", "weight_decay", "gradient_clipping", "patience", "shuffle", *_TEACHER)
_DATA = tuple(name for name in DATA_SETTINGS if name != "dataset")
_AUGMENTATION = ("mixup", *AUGMENTATIONS)
_NO_NUMPY = "The NumPy backend does not support this: choose PyTorch as the Backend to use it."


def training_settings(in_training: Callable[[TrainConfig], None] | None = None) -> TrainConfig:
    """Draw the settings into the sidebar and return what they say.

    Bad values in the URL are named and replaced by the defaults.

    Parameters
    ----------
    in_training
        Draws more below the first settings of the training run, from what all of them say.
    """
    check_url()
    _check_start()
    _check_teacher()
    check_corrected()
    with st.sidebar:
        values: dict[str, Any] = {"dataset": _choose_dataset(), "backend": show_setting("backend")}
        st.subheader("Your network", anchor=False)
        values |= _shown("hidden_size", "hidden_layers")
        st.subheader("Training", anchor=False)
        values |= _shown("learning_rate", "batch_size", "epochs", "seed")
        place = st.container()
        values |= _groups(values)
        config = TrainConfig.from_mapping(values | {START: current(START)})
        with place:
            if in_training is not None:
                in_training(config)
            show_reset(config)
        mark_changed(config)
    return config


def show_settings_in_words(config: TrainConfig, more: str = "") -> None:
    """What would be trained, in a sentence, how long it would take here, and what the weights begin from.

    Parameters
    ----------
    more
        What else is to be said in the line.
    """
    entry = dataset_entry(config.dataset)
    st.markdown(describe(config, engine().estimate_seconds(config, entry), entry) + more)
    _show_start(config)


def _show_start(config: TrainConfig) -> None:
    """What the weights begin from, if a link or a page has said so, and a way back to fresh ones."""
    if not config.start_from:
        return
    run = run_store().get(config.start_from)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/fork_right: Starts from run **{escape_markdown(run.name)}**: its weights, not fresh ones.",
            width="content",
        )
        if not why_fixed(START):
            st.button("Start from fresh weights", icon=":material/close:", on_click=set_setting, args=(START, ""))
    classes = len(dataset_entry(config.dataset).class_names)
    if weight_shapes(config, classes) != weight_shapes(run.config, len(run.class_names)):
        has = architecture_name(run.config, len(run.class_names))
        name = escape_markdown(run.name)
        st.warning(
            f"Run {name} is {has}: its weights fit no other shape. Choose the same one, or start from fresh weights."
        )


def _choose_dataset() -> str:
    return choose("dataset", dataset_titles(datasets_to_train_on()))


def _groups(values: dict[str, Any]) -> dict[str, Any]:
    """The settings behind the first view, in four groups."""
    entry = dataset_entry(values["dataset"])
    found: dict[str, Any] = {}
    with st.expander("Network"):
        found |= _shown(*_NETWORK)
    training = st.expander("Training", key="training_group", on_change="rerun")
    with training:
        found |= _shown(*_TRAINING)
        place = st.container()
        found |= _shown(*_MORE_TRAINING)
    with st.expander("Data"):
        most = _images_left(entry)
        found |= {name: show_setting(name, off=_why_off(name, entry), most=_most(name, most)) for name in _DATA}
    with st.expander("Augmentation"):
        found |= _shown(*_AUGMENTATION)
    if training.open:
        # Plotly cannot measure a chart that nobody sees, and complains.
        with place:
            _show_schedule(TrainConfig.from_mapping(values | found))
    return found


def _shown(*names: str) -> dict[str, Any]:
    return {name: show_setting(name, off=_why_off(name)) for name in names}


def _images_left(entry: DatasetEntry) -> int:
    """How many images the present split leaves for training."""
    sizes = {name: current(name) for name in ("validation_size", "test_size", "split")}
    return split_sizes(TrainConfig.from_mapping(sizes | {"training_size": 1_000_000}), entry).train


def _most(name: str, images: int) -> int | None:
    return max(10, images) if name == "training_size" else None


def _why_off(name: str, entry: DatasetEntry | None = None) -> str:
    """Why a setting has no effect, or an empty string."""
    if current("backend") == "numpy" and name in NUMPY_LACKS:
        return _NO_NUMPY
    if name in ("hidden_size", "hidden_layers", "widths", "filters"):
        return _why_no_layers(name)
    if name == "initial_range" and current("initialisation") != "uniform":
        return "Used with uniform initialisation only."
    if name == "test_size" and entry is not None and entry.test_images:
        return f"{escape_markdown(entry.title)} has {entry.test_images:,} test images of its own."
    return _why_no_teacher(name) if name in _TEACHER else ""


def _why_no_layers(name: str) -> str:
    if name == "filters":
        return "" if current("architecture") == "cnn" else "Used with a CNN only."
    if current("architecture") == "linear":
        return "A linear classifier has no hidden layers."
    is_overridden = name != "widths" and current("widths")
    return "Widths per layer, under Network, overrides this." if is_overridden else ""


def _why_no_teacher(name: str) -> str:
    if name != "teacher":
        return "" if current("teacher") else "Used with a Teacher only."
    if current("loss") == "cross_entropy":
        return ""
    return "A teacher’s answers are probabilities: choose cross entropy as the Loss to use it."


def _show_schedule(config: TrainConfig) -> None:
    """The learning rate over the training that these settings would be."""
    # Plotly takes a while to load, and the page's words should not wait for it.
    from core.figures.schedule import schedule_figure

    title = CHOICES["schedule"][config.schedule]
    images = split_sizes(config, dataset_entry(config.dataset)).train
    show_figure(
        schedule_figure(schedule_curve(config, images), config.epochs),
        key="schedule_curve",
        alt=f"Learning rate over {config.epochs} epochs, schedule {title}",
    )


def _check_teacher() -> None:
    """Forget a teacher that cannot teach."""
    try:
        config = TrainConfig.from_mapping({name: current(name) for name in ("teacher", "loss", "dataset")})
        require_teacher(run_store(), config)
    except DigitLabError as error:
        fall_back("teacher", str(error), "This run has no teacher.")


def _check_start() -> None:
    """Forget a run to start from that is gone."""
    start = current(START)
    if start and not run_store().exists(start):
        why = f"There is no run “{start}” to start from: it may have been deleted."
        fall_back(START, why, "Fresh weights are used.")

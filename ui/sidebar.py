"""The sidebar's hyperparameters ↔ TrainConfig; the only home of their keys.

Each widget's key is the field's name, which is also its name in the URL: ``/train?hidden_size=64&epochs=3``.
"""

from typing import Any

import streamlit as st

from core.config import TrainConfig, setting_options, setting_range, setting_title
from core.errors import ConfigError

_BOUND: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
_HIDDEN_SIZES = (1, 2, 4, 8, 10, 16, 20, 32, 50, 64, 100, 128, 200, 256, 300, 400, 512, 784, 1024, 1536, 2048)
_LEARNING_RATES = (*(float(f"{digit}e{power}") for power in range(-5, 1) for digit in (1, 2, 5)), 10.0)
_BATCH_SIZES = tuple(2**power for power in range(13))
_TRAINING_SIZES = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 55_000)
_DEFAULTS = TrainConfig()
_HELP = {
    "hidden_size": "Units in each hidden layer. More can learn more, and take longer.",
    "hidden_layers": "Layers between the pixels and the ten scores. 0 is a linear classifier.",
    "learning_rate": "How far the weights move against the gradient in each step.",
    "batch_size": "Images per step. Small batches: many noisy steps; large ones: few steady steps.",
    "epochs": "How often the network sees every training image.",
    "seed": "Draws the first weights, the order of the images and the dropout masks. Same seed, same result.",
    "activation": "The bend between layers. Without one, several layers would be no more than one.",
    "optimizer": "How a gradient becomes a step: plain SGD, with momentum, Adam or AdamW.",
    "schedule": "How the learning rate changes: not at all, falling to 0, or up and down again.",
    "dropout": "Share of hidden units that are silenced at random in each step.",
    "weight_decay": "Pulls weights towards 0 in each step.",
    "training_size": "Train on a part of the 55,000 images, every class in proportion.",
}


def training_settings() -> TrainConfig:
    """Draw the hyperparameters into the sidebar and return what they say.

    Bad values in the URL are named and replaced by the defaults.
    """
    _check_url()
    with st.sidebar:
        st.subheader("Your network", anchor=False)
        values: dict[str, Any] = {
            "hidden_size": _steps("hidden_size", _HIDDEN_SIZES),
            "hidden_layers": st.slider("Hidden layers", 0, 4, **_common("hidden_layers")),
        }
        st.subheader("Its training", anchor=False)
        values |= {
            "learning_rate": _steps("learning_rate", _LEARNING_RATES),
            "batch_size": _steps("batch_size", _BATCH_SIZES),
            "epochs": _number("epochs"),
            "seed": _number("seed"),
        }
        with st.expander("More"):
            values |= _more()
    return TrainConfig.from_mapping(values)


def apply_settings(config: TrainConfig) -> None:
    """Set every widget to a config; call it from a callback, before the widgets are made."""
    for name in _HELP:
        st.session_state[name] = getattr(config, name)


def settings_query(config: TrainConfig) -> dict[str, str]:
    """The query parameters that open Train with this config: only what differs from the defaults."""
    changed = {name: getattr(config, name) for name in _HELP if getattr(config, name) != getattr(_DEFAULTS, name)}
    return {name: _text(value) for name, value in changed.items()}


def _more() -> dict[str, Any]:
    return {
        "activation": _choice("activation"),
        "optimizer": _choice("optimizer"),
        "schedule": _choice("schedule"),
        "dropout": st.slider("Dropout", 0.0, 0.9, step=0.05, **_common("dropout")),
        "weight_decay": _steps("weight_decay", (0.0, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.1, 0.5, 1.0)),
        "training_size": _steps("training_size", _TRAINING_SIZES),
    }


def _common(name: str) -> dict[str, Any]:
    # A widget that already has a state must not be given a default as well.
    default = {} if name in st.session_state else {"value": getattr(_DEFAULTS, name)}
    return {"key": name, "help": _HELP[name]} | default | _BOUND


def _steps(name: str, options: tuple[Any, ...]) -> Any:
    """A slider over fixed steps, and over any other permitted value that a link or a preset has brought."""
    chosen = {st.session_state.get(name, getattr(_DEFAULTS, name))}
    if raw := st.query_params.get(name):
        chosen.add(getattr(TrainConfig.from_mapping({name: raw}), name))
    return st.select_slider(setting_title(name), sorted({*options, *chosen}), format_func=_text, **_common(name))


def _number(name: str) -> int:
    low, high = setting_range(name)
    return int(st.number_input(setting_title(name), int(low), int(high), step=1, **_common(name)))


def _choice(name: str) -> str:
    options = setting_options(name)
    common = _common(name)
    common.pop("value", None)
    index = options.index(getattr(_DEFAULTS, name))
    return str(st.selectbox(setting_title(name), options, index=index, **common))


def _check_url() -> None:
    """Write every setting in the URL in its canonical form, which is the only one that widgets understand."""
    for name in _HELP:
        raw = st.query_params.get(name)
        if raw is None:
            continue
        try:
            value = getattr(TrainConfig.from_mapping({name: raw}), name)
        except ConfigError as error:
            st.warning(f"{error} The link’s other settings are kept.")
            del st.query_params[name]
            continue
        if _text(value) != raw:
            st.query_params[name] = _text(value)
            st.session_state[name] = value


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)

"""Demos on the network: architecture, first weights, activation, loss, optimiser, schedule."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import streamlit as st

from core.config import Optimizer, TrainConfig
from core.drawings.preprocessing import normalise
from core.errors import ConfigError
from core.figures.lessons import bowl_chart, histogram, line_chart
from core.figures.schedule import schedule_figure
from core.learn.arrays import network_arrays
from core.learn.lessons.curves import activation_lines, descent, first_signal, height, loss_at, loss_lines
from core.learn.questions.question import Question
from core.models.shapes import architecture_name, multiplications, parameter_count
from core.training.schedule import schedule_curve
from ui.live.figure import show_figure
from ui.settings.help import CHOICES
from ui.shell.page import show_error
from ui.shell.resources import splits

_WIDTHS = ("", "20", "128", "256,128", "512,512")
_IMAGES = 256
_LAYERS = 4
_RATES = (0.001, 0.003, 0.01, 0.03, 0.09, 0.1, 0.2, 0.3, 1.0)
_OPTIMISERS: Mapping[Optimizer, float] = MappingProxyType({"sgd": 0.09, "momentum": 0.01, "adam": 0.2})
"""With the rate, among these, that brings each lowest in the 30 steps that the demo opens with."""


def demo_architecture(question: Question) -> None:
    """Widths of one's own beside usual ones: what each holds and costs."""
    own = st.text_input(
        "Hidden widths of your own", "100,50", key="demo_widths", help="Such as 256,128; empty for none."
    )
    try:
        configs = [_with_widths(own)]
    except ConfigError as error:
        show_error(error)
        return
    if "linear" in question.settings:
        configs += [_with_widths(widths) for widths in _WIDTHS]
    if "cnn" in question.settings:
        configs.append(TrainConfig(architecture="cnn"))
    rows = [(architecture_name(config), parameter_count(config), multiplications(config)) for config in configs]
    columns = ["Network", "Parameters", "Multiplications per image"]
    st.dataframe(
        pd.DataFrame(rows, columns=columns),
        hide_index=True,
        column_config={name: st.column_config.NumberColumn(format="localized") for name in columns[1:]},
    )
    weights = [array for array in network_arrays(configs[0]) if array.group == "Weights"]
    st.dataframe(
        pd.DataFrame(
            [(array.name, str(array.shape), array.meaning) for array in weights], columns=["Array", "Shape", "Meaning"]
        ),
        hide_index=True,
    )


def _with_widths(widths: str) -> TrainConfig:
    values = {"widths": widths} if widths.strip() else {"hidden_layers": 0}
    return TrainConfig.from_mapping(values)


def demo_initial_weights(_: Question) -> None:
    """Draw weights by a rule and send digits through the fresh network."""
    left, right = st.columns(2)
    kinds = {word: title for word, title in CHOICES["initialisation"].items() if word != "auto"}
    kind = left.selectbox("Initialisation", list(kinds), format_func=kinds.__getitem__, key="demo_initialisation")
    functions = CHOICES["activation"]
    activation = right.selectbox(
        "Activation", list(functions), format_func=functions.__getitem__, key="demo_first_activation"
    )
    train = splits().train.subset(np.arange(_IMAGES))
    pixels = normalise(train.images, splits().normalisation)
    signal = first_signal(kind, activation, pixels, train.labels)  # type: ignore[arg-type]
    figure = histogram("First-layer weights", signal.weights, "Weight")
    show_figure(figure, key="demo_weights", alt=f"Weights lie within ±{signal.bound:.3g}")
    layers = [*(f"Hidden layer {number}" for number in range(1, len(signal.spreads))), "Logits"]
    rows = [
        (layer, f"{spread:.3g}", f"{gradient:.3g}")
        for layer, spread, gradient in zip(layers, signal.spreads, signal.gradients, strict=True)
    ]
    columns = ["Layer", "Spread of its outputs", "Size of its weights’ gradient"]
    st.table(pd.DataFrame(rows, columns=columns), hide_index=True, alt="Signal and gradient, layer by layer")
    st.caption(
        f"784-64-64-64-64-10 on {_IMAGES} digits, before the first step. Weights are drawn from ±{signal.bound:.3g}."
    )


def demo_activation(_: Question) -> None:
    """An activation and its slope."""
    functions = CHOICES["activation"]
    kind = st.segmented_control(
        "Activation",
        list(functions),
        default="relu",
        format_func=functions.__getitem__,
        required=True,
        key="demo_activation",
    )
    value, slope = activation_lines(kind)  # type: ignore[arg-type]
    title = f"Activation and slope: {functions[kind]}"
    figure = line_chart(title, (value, slope), "z, the weighted sum", "")
    show_figure(figure, key="demo_activation_chart", alt=f"{title}, from −4 to 4")
    steepest = float(slope.y.max())
    left, right = st.columns(2)
    left.metric("Largest slope", f"{steepest:.3g}")
    right.metric(f"Over {_LAYERS} layers", f"{steepest**_LAYERS:.3g}", help="The largest slope, multiplied by itself.")
    st.caption(
        f"On the way back, every layer multiplies the gradient by its slope: after {_LAYERS} layers at most "
        f"{100 * steepest**_LAYERS:.3g}% of it is left, apart from the effect of the weights."
    )


def demo_loss(_: Question) -> None:
    """A probability for the right digit, and what both losses make of it."""
    p = st.slider("Probability of the correct digit", 0.001, 0.999, 0.1, 0.001, format="%.3f", key="demo_probability")
    at = loss_at(p)
    names = ("Cross entropy", "Squared error", "Pull of cross entropy", "Pull of squared error")
    values = (at.cross_entropy, at.squared_error, at.cross_entropy_pull, at.squared_error_pull)
    for column, name, value in zip(st.columns(4), names, values, strict=True):
        column.metric(name, f"{value:.3f}")
    figure = line_chart("How hard the loss pulls at the logit", loss_lines(), "Probability", "Pull", marked=p)
    show_figure(figure, key="demo_loss_chart", alt="Pull of both losses for every probability")
    st.caption(
        "Two classes, softmax, squared error on the probabilities: half the sum over both classes. The pull is minus "
        "the derivative with respect to the logit. Train computes its squared error from the logits themselves, "
        "without softmax; its pull is the distance between logit and label."
    )


def demo_optimiser(_: Question) -> None:
    """Three optimisers on one bowl."""
    titles = CHOICES["optimizer"]
    steps = st.slider("Steps", 1, 100, 30, key="demo_steps")
    ways = {}
    for column, (kind, usual) in zip(st.columns(3), _OPTIMISERS.items(), strict=True):
        rate = column.select_slider(f"Learning rate of {titles[kind]}", _RATES, usual, key=f"demo_rate_{kind}")
        ways[titles[kind]] = descent(kind, rate, steps)
    figure = bowl_chart("Path down a bowl that is 20 times as steep in one direction", ways)
    show_figure(figure, key="demo_bowl", alt="Paths of SGD, momentum and Adam down a bowl")
    for column, (name, way) in zip(st.columns(3), ways.items(), strict=True):
        end = height(way[-1])
        column.metric(
            f"{name}: height left", f"{end:.3g}" if end < 1e6 else "diverged", help="18 at the start, 0 is best."
        )
    st.caption(
        "Each opens with the rate that suits it on this bowl. SGD’s rate multiplies the gradient; Adam’s is about the "
        "length of a step. So no single rate is fair to all three, and what is best here is not what is best for a "
        "network."
    )


def demo_schedule(_: Question) -> None:
    """Draw a schedule before it is used."""
    titles = CHOICES["schedule"]
    left, middle, right = st.columns(3)
    kind = left.selectbox("Schedule", list(titles), index=2, format_func=titles.__getitem__, key="demo_schedule")
    epochs = middle.slider("Epochs", 1, 50, 10, key="demo_epochs")
    warm_up = right.slider("Warm-up epochs", 0.0, 5.0, 0.0, 0.5, key="demo_warm_up")
    curve = schedule_curve(TrainConfig.from_mapping({"schedule": kind, "epochs": epochs, "warm_up": warm_up}))
    show_figure(schedule_figure(curve, epochs), key="demo_schedule_chart", alt="Learning rate by epoch")
    st.caption(
        f"It begins at {curve.rates[0]:.3g}, is at most {curve.rates.max():.3g} and ends at {curve.rates[-1]:.3g}."
    )

"""Steps of the walk from the pixels to the loss."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.percent import probability_percent
from core.analysis.verdict import named
from core.data.dataset import DIGIT_NAMES
from core.figures.probabilities import probability_bars
from core.figures.walk import ink_picture, side_by_side, signed_picture, value_bars
from core.learn.walk import ChosenWeight, HiddenWeight, Walk
from ui.learn.walk.formulas import factor, followed_class, framed_pixel, show_bars, tex
from ui.live.figure import show_figure

_PICTURE = 300


def show_pixels(walk: Walk, chosen: ChosenWeight) -> None:
    """The image as bytes."""
    left, right = st.columns(2)
    with left:
        st.image(
            ink_picture(walk.pixels, framed_pixel(chosen)),
            width=_PICTURE,
            alt=f"The training image, labelled {walk.label}",
        )
    with right:
        st.markdown(
            f"A picture of {named(str(walk.label))}: 28 × 28 = 784 numbers from 0 (background) to 255 (full stroke), "
            f"read row by row. {int((walk.pixels > 0).sum())} of them carry ink."
        )
        st.latex(r"p = (p_0,\ p_1,\ \dots,\ p_{783}),\qquad p_i \in \{0,\dots,255\}")
        if isinstance(chosen, HiddenWeight):
            value = walk.pixels[chosen.row, chosen.column]
            st.markdown("The weight to follow begins at the pixel in the green frame:")
            st.latex(rf"p_{{{chosen.pixel}}} = {value}")


def show_normalised(walk: Walk, chosen: ChosenWeight) -> None:
    """Bytes to numbers around 0."""
    mean, std = walk.normalisation.mean, walk.normalisation.std
    pixel = chosen.pixel if isinstance(chosen, HiddenWeight) else int(walk.pixels.argmax())
    left, right = st.columns(2)
    with left:
        st.markdown(
            "Pixels are scaled to 0–1, then the mean of all training pixels is subtracted and the result divided by "
            "their standard deviation: inputs of similar size, around 0, let all weights learn at a similar pace."
        )
        st.latex(r"x_i = \frac{p_i / 255 - \mu}{\sigma}")
        st.latex(
            rf"x_{{{pixel}}} = \frac{{{walk.pixels.flat[pixel]}/255 - {mean:.4f}}}{{{std:.4f}}}"
            rf" = {tex(walk.inputs[pixel])}"
        )
        st.markdown(f"Background becomes {walk.inputs.min():.3f}, not 0: empty pixels count, too.")
    with right:
        st.image(
            signed_picture(walk.inputs, framed_pixel(chosen)),
            width=_PICTURE,
            alt="The normalised image: orange above 0, blue below",
            caption="Orange: above 0. Blue: below.",
        )


def show_hidden_sums(walk: Walk, chosen: ChosenWeight) -> None:
    """Weights times pixels, summed up, for each hidden unit."""
    unit = chosen.unit
    weights = walk.weights.hidden[unit]
    products = weights * walk.inputs
    st.markdown(
        f"Each of the {len(walk.before.hidden)} hidden units multiplies every pixel by a weight of its own and adds "
        f"everything up. For hidden unit **{unit}**:"
    )
    st.latex(r"z_j = b_j + \sum_{i=0}^{783} w_{ji}\, x_i")
    st.latex(
        rf"z_{{{unit}}} = {tex(walk.weights.hidden_bias[unit])} + {factor(float(products.sum()))}"
        rf" = {tex(walk.before.hidden_sums[unit])}"
    )
    frame = framed_pixel(chosen)
    pictures = [signed_picture(values, frame) for values in (weights, walk.inputs, products)]
    with st.container(width=720):
        st.image(
            side_by_side(pictures),
            width="stretch",
            alt=f"Weights of hidden unit {unit}, the normalised pixels, and their products",
            caption=f"Weights of unit {unit} × pixels = products. The sum of all products is {products.sum():.4f}.",
        )
    if isinstance(chosen, HiddenWeight):
        st.markdown("The pixel in the frame adds")
        st.latex(
            rf"w_{{{unit},{chosen.pixel}}}\, x_{{{chosen.pixel}}} = {tex(weights[chosen.pixel])} \times"
            rf" {tex(walk.inputs[chosen.pixel])} = {tex(products[chosen.pixel])}"
        )
    _show_units("Sums of the hidden units", walk.before.hidden_sums, unit, "walk_sums")


def show_relu(walk: Walk, chosen: ChosenWeight) -> None:
    """What is below 0 becomes 0."""
    unit, active = chosen.unit, int((walk.before.hidden > 0).sum())
    st.markdown(
        "ReLU lets a positive sum pass and silences a negative one. Without this non-linearity, several layers would "
        f"be no more than one. For this digit, {active} of {len(walk.before.hidden)} units are active."
    )
    st.latex(r"a_j = \max(0,\ z_j)")
    sums = walk.before.hidden_sums[unit]
    st.latex(rf"a_{{{unit}}} = \max(0,\ {tex(sums)}) = {tex(walk.before.hidden[unit])}")
    if sums <= 0:
        st.info(
            f"Hidden unit {unit} is silent for this digit. Watch what that does to its gradient.",
            icon=":material/volume_off:",
        )
    _show_units("Hidden units after ReLU", walk.before.hidden, unit, "walk_relu")


def show_logits(walk: Walk, chosen: ChosenWeight) -> None:
    """The second layer: a logit for each digit."""
    label = followed_class(walk, chosen)
    products = walk.weights.output[label] * walk.before.hidden
    st.markdown(
        "The output layer does the same again with the hidden values: one sum for each digit, called its **logit**. "
        "Logits are not probabilities: they may be negative and add up to anything."
    )
    st.latex(r"s_k = c_k + \sum_j v_{kj}\, a_j")
    st.latex(
        rf"s_{{{label}}} = {tex(walk.weights.output_bias[label])} + {factor(float(products.sum()))}"
        rf" = {tex(walk.before.logits[label])}"
    )
    left, right = st.columns(2)
    with left:
        _show_units(f"What each hidden unit adds to the logit of {label}", products, chosen.unit, "walk_products")
    with right:
        _show_classes("Logits", walk.before.logits, label, "walk_logits")


def show_softmax(walk: Walk, chosen: ChosenWeight) -> None:  # noqa: ARG001 - all steps are called alike
    """Logits to probabilities."""
    before = walk.before
    read = int(before.probabilities.argmax())
    left, right = st.columns(2)
    with left:
        st.markdown("Softmax turns every logit into a positive number and shares out 100% among them.")
        st.latex(r"q_k = \frac{e^{s_k}}{\sum_m e^{s_m}}")
        st.latex(
            rf"q_{{{walk.label}}} = \frac{{e^{{{tex(before.logits[walk.label])}}}}}"
            rf"{{{tex(float(np.exp(before.logits).sum()))}}} = {tex(before.probabilities[walk.label])}"
        )
        verdict = "correctly" if read == walk.label else f"the label is **{walk.label}**"
        chance = probability_percent(float(before.probabilities[read]))
        st.markdown(f"The network reads {named(str(read))} with {chance}: {verdict}.")
    with right:
        show_figure(
            probability_bars(before.probabilities.astype(np.float32), DIGIT_NAMES, true_label=walk.label),
            key="walk_softmax",
            alt=f"Probability of each digit; the true {walk.label} gets {before.probabilities[walk.label]:.1%}",
        )


def show_loss(walk: Walk, chosen: ChosenWeight) -> None:  # noqa: ARG001 - all steps are called alike
    """One number that says how wrong it was."""
    share = walk.before.probabilities[walk.label]
    st.markdown(
        "Cross entropy looks at one probability only, that of the true digit: the surer the network was of it, the "
        "smaller the loss. Training means to make this number smaller, on average over all images."
    )
    st.latex(r"L = -\ln q_{\text{true}}")
    st.latex(rf"L = -\ln q_{{{walk.label}}} = -\ln {tex(share)} = {tex(walk.before.loss)}")
    left, middle, right = st.columns(3)
    left.metric("Loss of this digit", f"{walk.before.loss:.4f}", help="In nats.")
    middle.metric("Loss of a blind guess", f"{np.log(10):.4f}", help="ln 10: a tenth for each digit.")
    right.metric("Loss of a sure, correct answer", "0.0000")


def _show_units(title: str, values: NDArray[np.float64], marked: int, key: str) -> None:
    names = [str(unit) for unit in range(len(values))]
    show_bars(value_bars(title, values, names=names, of="hidden unit", marked=marked), key, title)


def _show_classes(title: str, values: NDArray[np.float64], marked: int, key: str) -> None:
    show_bars(value_bars(title, values, names=DIGIT_NAMES, of="digit", marked=marked), key, title)


FORWARD = (show_pixels, show_normalised, show_hidden_sums, show_relu, show_logits, show_softmax, show_loss)
"""Steps 1 to 7."""

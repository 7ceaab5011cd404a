"""Steps of the walk from the loss back to the weights."""

import streamlit as st

from core.analysis.percent import percent, probability_percent
from core.data.dataset import DIGIT_NAMES
from core.figures.walk import before_and_after, signed_picture, value_bars
from core.learn.walk import ChosenWeight, HiddenWeight, Walk, step_of
from core.learn.walk_others import on_others
from ui.learn.walk.formulas import factor, followed_class, framed_pixel, show_bars, tex
from ui.live.figure import show_figure
from ui.shell.resources import splits

_OTHERS = 2_000


def show_output_error(walk: Walk, chosen: ChosenWeight) -> None:
    """How the loss changes with each logit."""
    label = followed_class(walk, chosen)
    st.markdown(
        "Now backwards: if a logit were a little larger, how would the loss change? With softmax and logarithm the "
        "answer is simple: **what the network said minus what is true** (1 for the true digit, 0 for all others)."
    )
    st.latex(r"\delta_k = \frac{\partial L}{\partial s_k} = q_k - y_k")
    truth = int(label == walk.label)
    st.latex(
        rf"\delta_{{{label}}} = {tex(walk.before.probabilities[label])} - {truth} = {tex(walk.logit_errors[label])}"
    )
    st.markdown("A bar below 0 asks for a higher logit, one above 0 for a lower one. All ten add up to 0.")
    title = "Derivative of the loss with respect to each logit"
    show_bars(value_bars(title, walk.logit_errors, names=DIGIT_NAMES, of="digit", marked=label), "walk_delta", title)


def show_hidden_errors(walk: Walk, chosen: ChosenWeight) -> None:
    """The error, carried back along the weights, through ReLU's gate."""
    unit = chosen.unit
    products = walk.weights.output[:, unit] * walk.logit_errors
    st.markdown(
        f"Hidden unit {unit} feeds all ten logits, so it is responsible for all ten errors, for each in proportion to "
        "its weight to that logit. Where ReLU passed nothing on, nothing comes back."
    )
    gate = int(walk.before.hidden_sums[unit] > 0)
    st.latex(
        r"\frac{\partial L}{\partial a_j} = \sum_k \delta_k\, v_{kj}"
        rf"\quad\Rightarrow\quad \frac{{\partial L}}{{\partial a_{{{unit}}}}} = {tex(walk.hidden_errors[unit])}"
    )
    st.latex(r"\frac{\partial L}{\partial z_j} = \frac{\partial L}{\partial a_j}\cdot [z_j > 0]")
    st.latex(
        rf"\frac{{\partial L}}{{\partial z_{{{unit}}}}} = {factor(walk.hidden_errors[unit])} \cdot {gate}"
        rf" = {tex(walk.sum_errors[unit])}"
    )
    left, right = st.columns(2)
    with left:
        title = f"What each digit sends back to unit {unit}"
        marked = followed_class(walk, chosen)
        show_bars(value_bars(title, products, names=DIGIT_NAMES, of="digit", marked=marked), "walk_back_digits", title)
    with right:
        title = "Derivative of the loss with respect to each hidden sum"
        names = [str(number) for number in range(len(walk.sum_errors))]
        bars = value_bars(title, walk.sum_errors, names=names, of="hidden unit", marked=unit)
        show_bars(bars, "walk_back_units", title)


def show_gradient(walk: Walk, chosen: ChosenWeight) -> None:
    """The chain rule, factor by factor."""
    step = step_of(walk, chosen)
    st.markdown("The chain rule multiplies what lies between the loss and the weight. By now, every factor is known:")
    numbers = r" \cdot ".join(factor(value) for value in step.factors)
    if isinstance(chosen, HiddenWeight):
        unit, pixel = chosen.unit, chosen.pixel
        st.latex(
            rf"\frac{{\partial L}}{{\partial w_{{{unit},{pixel}}}}} ="
            rf"\frac{{\partial L}}{{\partial a_{{{unit}}}}} \cdot [z_{{{unit}}} > 0] \cdot x_{{{pixel}}}"
        )
    else:
        unit, label = chosen.unit, chosen.label
        st.latex(rf"\frac{{\partial L}}{{\partial v_{{{label},{unit}}}}} = \delta_{{{label}}} \cdot a_{{{unit}}}")
    st.latex(rf"= {numbers} = {tex(step.gradient)}")
    if step.gradient == 0:
        st.info("One factor is 0, so this weight does not move in this step.", icon=":material/pause:")
    if isinstance(chosen, HiddenWeight):
        st.image(
            signed_picture(walk.gradients.hidden[unit], framed_pixel(chosen)),
            width=300,
            alt=f"Gradient of all 784 weights of hidden unit {unit}",
            caption=f"All 784 weights of unit {unit} share the first two factors: their gradient is the image itself, "
            "scaled. Orange: the loss rises with the weight. Blue: it falls.",
        )
    else:
        title = f"Gradient of the weights to digit {chosen.label}"
        values = walk.gradients.output[chosen.label]
        names = [str(number) for number in range(len(values))]
        bars = value_bars(title, values, names=names, of="hidden unit", marked=unit)
        show_bars(bars, "walk_gradient", title)


def show_update(walk: Walk, chosen: ChosenWeight) -> None:
    """The rule that all training comes down to."""
    step = step_of(walk, chosen)
    st.markdown(
        "The gradient points to where the loss grows. A step against it, whose length the learning rate sets, is all "
        "that training does, with every weight, image after image:"
    )
    st.latex(r"\text{new weight} = \text{old weight} - \text{learning rate} \times \text{gradient}")
    st.latex(rf"{tex(step.new)} = {tex(step.old)} - {walk.rate:g} \times {factor(step.gradient)}")
    left, middle, right = st.columns(3)
    left.metric("Old weight", f"{step.old:.6g}".replace("-", "−"))
    middle.metric("Gradient", f"{step.gradient:.4g}".replace("-", "−"))
    # Streamlit tells a fall by a plain minus.
    change = f"{step.new - step.old:.4g}"
    right.metric("New weight", f"{step.new:.6g}".replace("-", "−"), delta=change, delta_color="off")
    st.markdown(f"The other {walk.weights.count - 1:,} weights and biases move by the same rule in the same step.")


def show_change(walk: Walk, chosen: ChosenWeight) -> None:
    """The same image again, after the step, and what the step did to others."""
    _show_same(walk, chosen)
    _show_others(walk)


def _show_same(walk: Walk, chosen: ChosenWeight) -> None:
    """The same image before and after, beside what the slope foretold."""
    step = step_of(walk, chosen)
    before, after, label = walk.before, walk.after, walk.label
    st.markdown("The same digit goes through the network once more, with the new weights:")
    left, middle, right = st.columns(3)
    left.metric("Loss before", f"{before.loss:.5f}")
    middle.metric(
        "Loss after the step", f"{after.loss:.5f}", delta=f"{after.loss - before.loss:.4f}", delta_color="inverse"
    )
    right.metric(
        "If only this weight moves",
        f"{step.alone.loss:.5f}",
        delta=f"{step.alone.loss - before.loss:.2g}",
        delta_color="inverse",
    )
    st.markdown(
        f"The true digit **{label}** goes from {probability_percent(float(before.probabilities[label]))} to "
        f"{probability_percent(float(after.probabilities[label]))}. {_judgement(before.loss, after.loss)}"
    )
    show_figure(
        before_and_after(before.probabilities, after.probabilities, DIGIT_NAMES, label),
        key="walk_change",
        alt="Probability of each digit before and after the step, as bars",
    )
    expected = -walk.rate * walk.gradients.sum_of_squares
    st.markdown("What the slope alone predicts, and what really happened:")
    st.latex(r"\Delta L \approx -\,\text{learning rate} \times \sum \text{gradient}^2")
    st.latex(rf"{tex(expected)} \quad\text{{against}}\quad {tex(after.loss - before.loss)}")
    st.caption("The slope is exact for tiny steps only: the longer the step, the further the loss is from it.")


def _show_others(walk: Walk) -> None:
    """What the same step did to images that it did not see."""
    train = splits().train
    others = on_others(walk, train.images[:_OTHERS], train.labels[:_OTHERS])
    rose = others.loss_after > others.loss_before
    st.subheader("What the step did to other digits", anchor=False)
    st.markdown(
        f"All weights have moved for this one {walk.label}, and {others.images:,} other training images go through the "
        f"same weights. Their mean loss {'**rose**' if rose else '**fell**'} from {others.loss_before:.4f} to "
        f"{others.loss_after:.4f}; {percent(others.accuracy_before)} of them were read correctly before, "
        f"{percent(others.accuracy_after)} after."
    )
    title = "Change of the mean loss of other images, by digit"
    bars = value_bars(title, others.change_by_class, names=DIGIT_NAMES, of="digit", marked=walk.label)
    show_bars(bars, "walk_others", title)
    st.caption(
        "Below 0: images of that digit are read better than before. A step for one image mostly helps images like it, "
        "often at the cost of others: that is why training takes the mean gradient of a batch. Raise the learning "
        "rate and watch the others."
    )


def _judgement(before: float, after: float) -> str:
    if after > before:
        return "The loss **rose**: the step was too long. Try a smaller learning rate."
    return "The loss **fell**: the network has learned a little about this one image."


BACKWARD = (show_output_error, show_hidden_errors, show_gradient, show_update, show_change)
"""Steps 8 to 12."""

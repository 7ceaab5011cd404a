"""One training step on one digit, every number of it in the open: pixels, sums, loss, gradient, new weights.

Everything is float64, so that the numbers on the page agree with each other to the last digit shown. It repeats on
purpose what :mod:`core.models.numpy_mlp` does, for one image and with a name for every number in between: here the
repetition is the lesson.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import DIGIT_NAMES, IMAGE_SIDE, Normalisation
from core.models.numpy_model import NumpyModel
from core.runs.records import Run

Floats = NDArray[np.float64]

HIDDEN_UNITS = 16
"""Units of the network with fresh weights: few enough to see each."""
STEPS = (
    "Pixels",
    "Normalise",
    "Hidden sums",
    "ReLU",
    "Logits",
    "Softmax",
    "Loss",
    "Error at the output",
    "Back through the network",
    "Gradient of one weight",
    "New weight",
    "What changed",
)
"""Titles of the steps, in order."""


@dataclass(frozen=True, eq=False)
class TwoLayers:
    """Numbers of a network with one hidden layer: its weights, or their gradients.

    Parameters
    ----------
    hidden, hidden_bias
        shapes ``(H, 784)`` and ``(H,)``: row ``j`` holds what enters hidden unit ``j``.
    output, output_bias
        shapes ``(K, H)`` and ``(K,)``.
    """

    hidden: Floats
    hidden_bias: Floats
    output: Floats
    output_bias: Floats

    @property
    def parts(self) -> tuple[Floats, Floats, Floats, Floats]:
        """The four arrays."""
        return self.hidden, self.hidden_bias, self.output, self.output_bias

    @property
    def count(self) -> int:
        """Weights and biases."""
        return sum(part.size for part in self.parts)

    @property
    def sum_of_squares(self) -> float:
        """Over all weights and biases."""
        return sum(float(np.square(part).sum()) for part in self.parts)

    def moved(self, gradients: "TwoLayers", rate: float) -> "TwoLayers":
        """Every number minus ``rate`` times its gradient."""
        moves = zip(self.parts, gradients.parts, strict=True)
        return TwoLayers(*(part - rate * gradient for part, gradient in moves))


@dataclass(frozen=True, eq=False)
class Forward:
    """One image on its way through.

    Parameters
    ----------
    hidden_sums, hidden
        shape ``(H,)``: before and after ReLU.
    logits, probabilities
        shape ``(K,)``.
    loss
        nats: minus the logarithm of the probability of the true class.
    """

    hidden_sums: Floats
    hidden: Floats
    logits: Floats
    probabilities: Floats
    loss: float


@dataclass(frozen=True, eq=False)
class Walk:
    """One step of gradient descent on one image.

    Parameters
    ----------
    pixels
        uint8, shape ``(28, 28)``.
    inputs
        shape ``(784,)``: normalised pixels.
    logit_errors
        shape ``(K,)``: derivative of the loss with respect to each logit.
    hidden_errors, sum_errors
        shape ``(H,)``: derivative with respect to each hidden value after ReLU, and to each sum before it.
    after
        The same image once all weights have moved.
    """

    weights: TwoLayers
    normalisation: Normalisation
    pixels: NDArray[np.uint8]
    label: int
    rate: float
    inputs: Floats
    before: Forward
    logit_errors: Floats
    hidden_errors: Floats
    sum_errors: Floats
    gradients: TwoLayers
    after: Forward


@dataclass(frozen=True)
class HiddenWeight:
    """The weight from a pixel (0–783, row by row) to a hidden unit."""

    unit: int
    pixel: int

    @property
    def row(self) -> int:
        """Row of the pixel, 0 at the top."""
        return self.pixel // IMAGE_SIDE

    @property
    def column(self) -> int:
        """Column of the pixel, 0 at the left."""
        return self.pixel % IMAGE_SIDE


@dataclass(frozen=True)
class OutputWeight:
    """The weight from a hidden unit to a class."""

    unit: int
    label: int


ChosenWeight = HiddenWeight | OutputWeight


@dataclass(frozen=True, eq=False)
class WeightStep:
    """What one step does to one weight.

    Parameters
    ----------
    factors
        What the chain rule multiplies, from the loss to the weight; their product is ``gradient``.
    alone
        The same image if this weight moves and no other.
    """

    old: float
    factors: tuple[float, ...]
    gradient: float
    new: float
    alone: Forward


def fresh_weights(seed: int, classes: int = 10, units: int = HIDDEN_UNITS) -> TwoLayers:
    """Weights as a training run begins with them: He's uniform law, zero biases."""
    random = np.random.default_rng(seed)

    def draw(outputs: int, inputs: int) -> Floats:
        reach = np.sqrt(6 / inputs)
        return random.uniform(-reach, reach, (outputs, inputs))

    pixels = IMAGE_SIDE**2
    return TwoLayers(draw(units, pixels), np.zeros(units), draw(classes, units), np.zeros(classes))


def can_be_walked(run: Run) -> bool:
    """Whether a run has the network that is walked through here, trained on MNIST, and weights to show."""
    config = run.config
    return (
        run.epochs_done > 0
        and config.dataset == "mnist"
        and run.class_names == DIGIT_NAMES
        and config.architecture == "mlp"
        and len(config.hidden_widths) == 1
        and (config.activation, config.loss) == ("relu", "cross_entropy")
        and config.bias
        and not config.batch_norm
    )


def weights_of(model: NumpyModel) -> TwoLayers:
    """The weights of a run for which :func:`can_be_walked` holds."""
    names = ("layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias")
    return TwoLayers(*(model.weights[name].astype(np.float64) for name in names))


def take_walk(
    weights: TwoLayers, normalisation: Normalisation, pixels: NDArray[np.uint8], label: int, rate: float
) -> Walk:
    """One step of plain gradient descent on one image.

    Parameters
    ----------
    pixels
        uint8, shape ``(28, 28)``.
    rate
        The learning rate.
    """
    inputs = (pixels.ravel() / 255 - normalisation.mean) / normalisation.std
    before = forward(weights, inputs, label)
    # dL/dz = p − y: softmax and logarithm undo each other
    logit_errors = before.probabilities - (np.arange(len(before.probabilities)) == label)
    hidden_errors = weights.output.T @ logit_errors
    sum_errors = hidden_errors * (before.hidden_sums > 0)
    gradients = TwoLayers(np.outer(sum_errors, inputs), sum_errors, np.outer(logit_errors, before.hidden), logit_errors)
    after = forward(weights.moved(gradients, rate), inputs, label)
    return Walk(
        weights,
        normalisation,
        pixels,
        label,
        rate,
        inputs,
        before,
        logit_errors,
        hidden_errors,
        sum_errors,
        gradients,
        after,
    )


def forward(weights: TwoLayers, inputs: Floats, label: int) -> Forward:
    """Normalised pixels ``(784,)`` → loss, and everything in between."""
    sums = weights.hidden @ inputs + weights.hidden_bias
    hidden = np.maximum(sums, 0)
    logits = weights.output @ hidden + weights.output_bias
    # Less the highest logit, which changes no probability, nothing can overflow.
    lowered = logits - logits.max()
    total = np.exp(lowered).sum()
    loss = float(np.log(total) - lowered[label])
    return Forward(sums, hidden, logits, np.exp(lowered) / total, loss)


def step_of(walk: Walk, chosen: ChosenWeight) -> WeightStep:
    """The chain rule for one weight, and what moving that weight alone would do."""
    weights = walk.weights
    factors: tuple[float, ...]
    if isinstance(chosen, HiddenWeight):
        old = float(weights.hidden[chosen.unit, chosen.pixel])
        gate = float(walk.before.hidden_sums[chosen.unit] > 0)
        factors = (float(walk.hidden_errors[chosen.unit]), gate, float(walk.inputs[chosen.pixel]))
    else:
        old = float(weights.output[chosen.label, chosen.unit])
        factors = (float(walk.logit_errors[chosen.label]), float(walk.before.hidden[chosen.unit]))
    gradient = float(np.prod(factors))
    new = old - walk.rate * gradient
    alone = forward(_with(weights, chosen, new), walk.inputs, walk.label)
    return WeightStep(old, factors, gradient, new, alone)


def telling_weight(walk: Walk) -> HiddenWeight:
    """The hidden weight with the steepest gradient under ink: where a first look shows most."""
    steepness = np.abs(walk.gradients.hidden) * (walk.pixels.ravel() > 0)
    unit, pixel = np.unravel_index(int(steepness.argmax()), steepness.shape)
    return HiddenWeight(int(unit), int(pixel))


def _with(weights: TwoLayers, chosen: ChosenWeight, value: float) -> TwoLayers:
    hidden, output = weights.hidden, weights.output
    if isinstance(chosen, HiddenWeight):
        hidden = hidden.copy()
        hidden[chosen.unit, chosen.pixel] = value
    else:
        output = output.copy()
        output[chosen.label, chosen.unit] = value
    return TwoLayers(hidden, weights.hidden_bias, output, weights.output_bias)

"""Puzzles on single steps: batch size, softmax, gradients that pile up, a loss that stands still."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.learn.puzzles.puzzle import BREAKDOWN, QUESTIONS, SERIES, TORCHVISION, Finding, Puzzle, Reading
from core.learn.puzzles.training import FROM_SCRATCH, Outcome, cross_entropy, small_splits, train
from core.models.functional import softmax
from core.training.numpy_learner import NumpyLearner

WRITTEN, MEANT = 2 ^ 6, 2**6
_WIDE = FROM_SCRATCH.replace(hidden_size=64)


RATES = (0.1, 0.03)
"""Of which one is for the batch that was meant, the other for the one that was written."""


def measure_batch_size(training: int = 5_120) -> Finding:
    """Train with the batch size that was written and with the one that was meant, one epoch at each of two rates.

    Parameters
    ----------
    training
        Images; a multiple of 64, so that no batch is smaller than the others.
    """
    splits = small_splits(training, scaling="standardise")
    found = [
        [train(_WIDE.replace(batch_size=size, epochs=1, learning_rate=rate), splits) for size in (WRITTEN, MEANT)]
        for rate in RATES
    ]
    wrong, right = found[0]
    readings = (
        Reading("Batch size", WRITTEN, MEANT),
        Reading("Updates in one epoch of 60,000", -(-60_000 // WRITTEN), -(-60_000 // MEANT)),
        Reading(f"Updates in one epoch of {training:,}", wrong.updates, right.updates),
        Reading("Seconds for it", wrong.seconds, right.seconds, ".2f"),
        *(
            Reading(f"Accuracy after it, learning rate {rate:g}", few.accuracy, many.accuracy, ".2%")
            for rate, (few, many) in zip(RATES, found, strict=True)
        ),
    )
    return Finding(readings, " ".join((_cost(wrong, right), _which_is_better(found))))


def _cost(wrong: Outcome, right: Outcome) -> str:
    return (
        f"For the same images, {wrong.updates / right.updates:.0f} times as many updates take "
        f"{wrong.seconds / right.seconds:.1f} times as long."
    )


def _which_is_better(found: Sequence[Sequence[Outcome]]) -> str:
    """Said of each rate as it came out: four images point the way less surely, and more steps get further."""
    said = []
    for rate, (four, many) in zip(RATES, found, strict=True):
        low, high = sorted((four.accuracy, many.accuracy))
        better = "four" if four.accuracy > many.accuracy else "sixty-four"
        said.append(f"{better} images at {rate:g}, {high:.2%} to {low:.2%}")
    return (
        f"Which of the two reads more digits correctly in the end depends on the learning rate: {said[0]}; {said[1]}. "
        "No error is raised, so nobody notices."
    )


def measure_softmax_twice(training: int = 2_000, epochs: int = 30) -> Finding:
    """Train on the loss of softmax(logits) and on that of the logits."""
    splits = small_splits(training)
    config = _WIDE.replace(epochs=epochs)
    right = train(config, splits)
    wrong = train(config, splits, softmax_twice)
    twice = softmax(softmax(wrong.learner.validation_logits().astype(np.float64)))
    once = softmax(right.learner.validation_logits().astype(np.float64))
    perfect = np.where(np.eye(10), 1000.0, 0.0)
    labels = np.arange(10)
    readings = (
        Reading(
            "Loss of a perfect network, nats per image",
            cross_entropy(softmax(perfect), labels),
            abs(cross_entropy(perfect, labels)),
            ".3f",
        ),
        Reading("Highest “probability” of any image", float(twice.max()), float(once.max()), ".2%"),
        Reading(f"Accuracy after {epochs} epochs", wrong.accuracy, right.accuracy, ".2%"),
    )
    return Finding(
        readings,
        f"Even a perfect network keeps a loss of {readings[0].wrong:.3f} nats and is at most {twice.max():.0%} sure. "
        f"After {epochs} epochs with its weak gradient, accuracy is {wrong.accuracy:.2%}; with one softmax it is "
        f"{right.accuracy:.2%}.",
    )


def softmax_twice(learner: NumpyLearner, batch: int) -> None:
    """A batch with the gradient of ``-log softmax(softmax(z))``: by the chain rule, ``p (g - Σ p g)``."""
    network, size = learner.network, learner.config.batch_size
    window = slice(batch * size, (batch + 1) * size)
    passed = network.forward(learner.images[learner.order[window]])
    p = softmax(passed.logits)
    g = softmax(p) - learner.epoch_targets[window]
    through = p * (g - (p * g).sum(axis=1, keepdims=True))
    # backward() begins with softmax(z) − targets: these targets make it begin with the gradient above.
    network.backward(passed, p - through)
    learner.optimizer.step(learner.config.learning_rate)


def measure_gradients_pile_up(training: int = 5_000) -> Finding:
    """Train with gradients that are added to those before, as PyTorch does unless it is told not to."""
    splits = small_splits(training)
    ways = [_Steps(pile_up=True), _Steps(pile_up=False)]
    wrong, right = (train(_WIDE, splits, way.step) for way in ways)
    lengths = [float(np.linalg.norm(way.sum)) for way in ways]
    readings = (
        Reading("Length of the last gradient", lengths[0], lengths[1], ",.2f"),
        Reading("Loss after 3 epochs", wrong.loss, right.loss, ",.2f"),
        Reading("Accuracy after 3 epochs", wrong.accuracy, right.accuracy, ".2%"),
    )
    return Finding(
        readings,
        f"Every step repeats all steps before it: {wrong.accuracy:.2%} after 3 epochs instead of {right.accuracy:.2%}.",
    )


class _Steps:
    """Plain steps: along each gradient, or along the sum of all so far, as ``backward()`` without ``zero_grad()``."""

    def __init__(self, *, pile_up: bool) -> None:
        self.pile_up = pile_up
        self.sum: NDArray[np.floating] | float = 0.0

    def step(self, learner: NumpyLearner, batch: int) -> None:
        """One batch."""
        network, size = learner.network, learner.config.batch_size
        window = slice(batch * size, (batch + 1) * size)
        passed = network.forward(learner.images[learner.order[window]])
        network.backward(passed, learner.epoch_targets[window])
        self.sum = network.flat_gradient + (self.sum if self.pile_up else 0.0)
        network.flat_parameters -= learner.config.learning_rate * self.sum


def measure_converged(training: int = 2_000) -> Finding:
    """Train from weights that are all zero, and from random ones, until the loss stands still."""
    splits = small_splits(training, 1_000)
    outcomes = []
    for kind in ("zeros", "he"):
        config = FROM_SCRATCH.replace(initialisation=kind, epochs=10)
        before, after = train(config, splits), train(config.replace(epochs=12), splits)
        outcomes.append((after, abs(after.loss - before.loss)))
    (wrong, still), (right, moving) = outcomes
    readings = (
        Reading("Change in the loss over the last 2 epochs", still, moving, ".4f"),
        Reading("Loss, nats per image", wrong.loss, right.loss, ".3f"),
        Reading("Accuracy", wrong.accuracy, right.accuracy, ".2%"),
    )
    return Finding(
        readings,
        f"From zeros, the loss stays at {wrong.loss:.2f}: training has converged, and {wrong.accuracy:.2%} of the "
        "digits are read correctly.",
    )


PUZZLES = (
    Puzzle(
        slug="batch-size",
        title="Two to the power of six",
        document=TORCHVISION,
        quotation="batch_size = 2^6",
        question="How many images are in a batch?",
        choices=("64", "4", "26"),
        answer=1,
        explanation="In Python `^` is the bitwise exclusive or: 010 ^ 110 = 100, which is 4. The power is `2**6`. "
        "No error is raised: the network takes sixteen times as many steps, each from a sixteenth of the images. "
        "Whether that helps depends on the rate: short steps need many updates, long ones a reliable direction.",
        measure=measure_batch_size,
        doing="Train one epoch with either batch size, at two learning rates",
        seconds=2,
        code="core.training.learner:Learner.begin_epoch",
    ),
    Puzzle(
        slug="softmax-twice",
        title="Scores that are called probabilities",
        document=QUESTIONS,
        quotation="constructing a neural network with a softmax output layer",
        is_code=False,
        question="In PyTorch such a network is then given to `CrossEntropyLoss`. What happens?",
        choices=(
            "Softmax is applied twice: the loss expects logits and takes the softmax itself.",
            "Exactly what is wanted: the loss needs probabilities.",
            "An error: probabilities have another type than logits.",
        ),
        answer=0,
        explanation="`CrossEntropyLoss` takes logits. Given probabilities, it takes the softmax of numbers between 0 "
        "and 1: the largest can be no more than e / (e + 9) = 23.2%, and the loss cannot fall below 1.461. The "
        "project break-down says the same in other words: “each neuron outputs a score of probability”. The last "
        "layer gives logits; softmax makes probabilities of them when they are shown.",
        measure=measure_softmax_twice,
        doing="Train 30 epochs with softmax once and twice",
        seconds=4,
        code="core.models.functional:logit_gradient",
    ),
    Puzzle(
        slug="pile-up",
        title="Five lines of a loop, and one that is missing",
        document=BREAKDOWN,
        quotation="For each batch loop\n- Forward Pass\n- Compute Loss\n- Back propagate\n- Update Weights with an "
        "optimizer",
        is_code=False,
        question="Written down in PyTorch line by line, this loop trains badly. What is missing?",
        choices=(
            "A softmax before the loss.",
            "The accuracy after every batch.",
            "Setting the gradients back to zero: PyTorch adds new ones to the old.",
        ),
        answer=2,
        explanation="`loss.backward()` adds to the existing gradients. Without `optimizer.zero_grad()` every step "
        "follows the sum of all gradients so far. The list also says that back propagation adjusts the weights: it "
        "only computes how the loss depends on each of them; the optimiser moves them.",
        measure=measure_gradients_pile_up,
        doing="Train with gradients that pile up",
        seconds=3,
        code="core.models.autograd:AutogradNetwork.backpropagate",
    ),
    Puzzle(
        slug="converged",
        title="What is convergence?",
        document=SERIES,
        quotation="convergence can be thought of as the idea of the model reaching a point where it is able to make "
        "high accuracy predictions.",
        is_code=False,
        question="A training run has converged. What do you know?",
        choices=(
            "Its predictions are accurate.",
            "Its loss has stopped changing; how good it is remains another question.",
            "It has seen every image at least once.",
        ),
        answer=1,
        explanation="Convergence says that more of the same changes nothing. From weights that are all zero, every "
        "hidden unit outputs 0 and gets no gradient: only the output biases learn, and the network settles on the "
        "most frequent digit. That is also why the first weights must be random: not to converge more easily, but "
        "to be different from one another.",
        measure=measure_converged,
        doing="Train from zeros and from random weights",
        seconds=3,
        code="core.models.functional:initial_bound",
    ),
)

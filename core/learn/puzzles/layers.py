"""Puzzles on layers: products that are not summed, layers with nothing between them."""

from collections.abc import Sequence

import numpy as np

from core.learn.puzzles.puzzle import BREAKDOWN, Finding, Puzzle, Reading
from core.learn.puzzles.training import FROM_SCRATCH, small_splits, train
from core.models.numpy_mlp import NumpyMLP
from core.training.numpy_learner import NumpyLearner

_WIDE = FROM_SCRATCH.replace(hidden_size=64)


def measure_product_without_sum() -> Finding:
    """Compute the formula as it is written for one image and 128 units, and as a matrix product."""
    config = FROM_SCRATCH.replace(hidden_size=128)
    network = NumpyMLP(config)
    network.initialise(np.random.default_rng(0))
    weight = network.parameters["layers.0.weight"]
    image = small_splits(100, 100).train.images[0].reshape(-1) / np.float32(255)
    try:
        whole_layer = str((image * weight.T).shape)
    except ValueError as error:
        whole_layer = f"ValueError: {error}"
    readings = (
        Reading("One unit", str((image * weight[0]).shape), "one number"),
        Reading("The whole layer", whole_layer, str((image @ weight.T).shape)),
    )
    return Finding(
        readings,
        f"Written as a product, one unit gives {len(image * weight[0])} numbers instead of one, their sum, "
        f"{float(image @ weight[0]):.3f}; for 128 units at once NumPy refuses.",
    )


def measure_no_bend(training: int = 5_000, epochs: int = 20, seeds: int = 3) -> Finding:
    """Train two layers without an activation and with ReLU, several times; then merge the layers without one."""
    splits = small_splits(training)
    config = _WIDE.replace(epochs=epochs)
    flat, curved = (
        [train(config.replace(activation=kind, seed=seed), splits) for seed in range(seeds)]
        for kind in ("none", "relu")
    )
    differences = [max(_merged_difference(one.learner) for one in outcomes) for outcomes in (flat, curved)]
    reached = [_span([one.accuracy for one in outcomes]) for outcomes in (flat, curved)]
    readings = (
        Reading("Largest difference to one merged layer", differences[0], differences[1], ".5f"),
        Reading(f"Accuracy after {epochs} epochs, {seeds} seeds", reached[0], reached[1]),
    )
    return Finding(
        readings,
        "Without a non-linearity between them, both layers together are one matrix: its logits differ by no more than "
        f"{differences[0]:.5f}. With ReLU they differ by up to {differences[1]:.1f}. After {epochs} epochs of "
        f"{training:,} images, {seeds} networks read {reached[0]} correctly without it, "
        f"{reached[1]} with it.",
    )


def _span(shares: Sequence[float]) -> str:
    return f"{min(shares):.2%} to {max(shares):.2%}"


def _merged_difference(learner: NumpyLearner) -> float:
    p = learner.network.parameters
    first, second = p["layers.0.weight"], p["layers.1.weight"]
    merged = learner.val_images @ (second @ first).T + second @ p["layers.0.bias"] + p["layers.1.bias"]
    return float(np.abs(merged - learner.validation_logits()).max())


PUZZLES = (
    Puzzle(
        slug="product-without-sum",
        title="Output = input × weight + bias",
        document=BREAKDOWN,
        quotation="Output = (input × weight) + bias, then applies ReLU",
        is_code=False,
        question="784 pixels, 784 weights, one hidden unit. How many numbers does this formula give?",
        choices=("784: the sum is missing.", "1", "128"),
        answer=0,
        explanation="A unit adds up its weighted inputs before bias and ReLU: Σ input × weight + bias. For a layer and "
        "a batch that is a matrix product, `x @ W.T + b`. With `*`, NumPy multiplies element by element, and for a "
        "layer the shapes do not even fit.",
        measure=measure_product_without_sum,
        doing="Type the formula in",
        code="core.models.numpy_mlp:_Layer.sums",
    ),
    Puzzle(
        slug="no-bend",
        title="Images are nonlinear",
        document=BREAKDOWN,
        quotation="this is because images are nonlinear, but each hidden layer does a linear transformation and so "
        "after ReLU should be used",
        is_code=False,
        question="An image is neither linear nor nonlinear: it is a list of numbers. Why is ReLU needed?",
        choices=(
            "To keep pixels positive.",
            "Because layers without a non-linearity between them are no more than one layer.",
            "To make the training faster.",
        ),
        answer=1,
        explanation="W₂(W₁x + b₁) + b₂ is (W₂W₁)x + (W₂b₁ + b₂): one layer with other numbers. What has to be "
        "nonlinear is the map from pixels to digits. A non-linear function between the layers makes it so.",
        measure=measure_no_bend,
        doing="Train two layers with and without ReLU, and merge them",
        seconds=9,
        code="core.models.functional:activate",
    ),
)

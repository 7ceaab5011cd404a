"""Two more measurements: what the units of two layers look at, and where the digits lie in their frames."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.percent import percent
from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import IMAGE_SIDE
from core.drawings.preprocessing import normalise
from core.learn.experiments.records import Table
from core.learn.walk import Floats
from core.models.numpy_mlp import NumpyMLP
from core.models.numpy_model import NumpyModel

WINDOW = 9
"""Side of the window, in pixels, that an edge would fit into: a tenth of the image."""
LOCAL_SHARE = 0.5
LOOP_SHARE = 0.25
MASS_MIDDLE, BOX_MIDDLE = IMAGE_SIDE / 2, (IMAGE_SIDE - 1) / 2
"""Where MNIST puts the centre of mass, and the middle of the frame, both counted in pixel indices."""
_INK = 64
_IMAGES = 2_000
_EXAMPLES = 5


@dataclass(frozen=True, eq=False)
class LayerProfiles:
    """What networks with two hidden layers look at, of which pictures show the first.

    Parameters
    ----------
    first
        float32, shape ``(H, 28, 28)``: weights of the first layer's units.
    examples
        uint8, shape ``(U, 5, 28, 28)``: the images that excite each unit of the second layer most.
    locality, fresh_locality
        float64, shape ``(S × H,)``: largest share of a unit's squared weights that a 9 × 9 window holds, of all
        networks, and of the same networks before training.
    local_shares, loop_shares
        float64, shape ``(S,)``: of each network, the share of units in the first layer that look at one small place, as
        an edge detector would, and in the second that loops explain, and explain better than any one digit does.
    """

    first: NDArray[np.float32]
    examples: NDArray[np.uint8]
    locality: Floats
    fresh_locality: Floats
    local_shares: Floats
    loop_shares: Floats

    def table(self) -> Table:
        """One row for the first layer as it is and as it was, for a CNN's filters, and for the second layer."""

        def row(name: str, held: Floats) -> tuple[str, ...]:
            return (name, f"{held.mean():.0%}", f"{held.max():.0%}", f"{(held >= LOCAL_SHARE).mean():.0%}")

        rows = (
            row("Layer 1, trained", self.locality),
            row("Layer 1, before training", self.fresh_locality),
            ("A CNN’s filters of 3 × 3 pixels", "100%", "100%", "100%"),
        )
        return Table(("Weight in the best 9 × 9 window", "On average", "At most", "Units with half of it"), rows)


def profile_layers(models: Sequence[NumpyModel]) -> LayerProfiles:
    """Look at 2,000 validation images through networks with two hidden ReLU layers."""
    validation = load_splits(models[0].config).validation
    images, labels = validation.images[:_IMAGES], validation.labels[:_IMAGES]
    looped = has_loop(images)
    activities = [_second_layer(model, images) for model in models]
    best = np.argsort(-activities[0], axis=0, kind="stable")[:_EXAMPLES].T
    local = [locality(model.first_layer_images()) for model in models]
    return LayerProfiles(
        models[0].first_layer_images(),
        images[best],
        np.concatenate(local),
        np.concatenate([locality(_fresh_images(model)) for model in models]),
        np.array([float((held >= LOCAL_SHARE).mean()) for held in local]),
        np.array([loop_share(activity, looped, labels) for activity in activities]),
    )


def loop_share(activity: NDArray[np.float32], looped: NDArray[np.bool_], labels: NDArray[np.int64]) -> float:
    """Share of the units, columns of ``(N, U)``, that loops explain by a quarter, and better than any digit does."""
    by_loops = explained(activity, looped)
    by_digit = np.stack([explained(activity, labels == label) for label in range(10)]).max(axis=0)
    return float(((by_loops >= LOOP_SHARE) & (by_loops > by_digit)).mean())


def _second_layer(model: NumpyModel, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Activity ``(N, U)`` of the units of the second layer that are not always silent: those have nothing to show."""
    activity = normalise(images, model.normalisation)
    for layer in range(2):
        sums = activity @ model.weights[f"layers.{layer}.weight"].T + model.weights[f"layers.{layer}.bias"]
        activity = np.maximum(sums, 0)
    return activity[:, activity.std(axis=0) > 0]


def _fresh_images(model: NumpyModel) -> NDArray[np.float32]:
    """First-layer weights ``(H, 28, 28)`` of the same network before training."""
    network = NumpyMLP(model.config.replace(backend="numpy"))
    network.initialise(np.random.default_rng(model.config.seed))
    return network.parameters["layers.0.weight"].reshape(-1, IMAGE_SIDE, IMAGE_SIDE)


def locality(weights: NDArray[np.float32]) -> Floats:
    """Largest share of each unit's squared weights within a 9 × 9 window; ``(H, 28, 28)`` → ``(H,)``."""
    energy = np.square(weights.astype(np.float64))
    windows = np.lib.stride_tricks.sliding_window_view(energy, (WINDOW, WINDOW), axis=(1, 2))
    held = windows.sum(axis=(3, 4)).max(axis=(1, 2))
    shares: Floats = held / np.maximum(energy.sum(axis=(1, 2)), 1e-300)
    return shares


def has_loop(images: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether ink encloses background, for each of uint8 images ``(N, 28, 28)``."""
    from scipy import ndimage

    ink = images >= _INK
    # Background spreads within an image, never from one to the next.
    within = ndimage.generate_binary_structure(2, 1)[None]
    filled = ndimage.binary_fill_holes(ink, within)
    return np.asarray((filled & ~ink).any(axis=(1, 2)))


def explained(values: NDArray[np.float32], group: NDArray[np.bool_]) -> Floats:
    """Share of the variance of each column of ``(N, U)`` that lies between a group and the rest; ``(U,)``."""
    exact = values.astype(np.float64)
    share = group.mean()
    if not 0 < share < 1:
        return np.zeros(values.shape[1])
    between = share * (1 - share) * np.square(exact[group].mean(axis=0) - exact[~group].mean(axis=0))
    result: Floats = between / np.maximum(exact.var(axis=0), 1e-300)
    return result


@dataclass(frozen=True, eq=False)
class Centring:
    """Where all digits lie in their frames, in pixels.

    Parameters
    ----------
    mass_offsets, box_offsets
        float64, shape ``(N,)``: distance of the centre of mass from where MNIST puts it, and of the middle of the
        bounding box from the middle of the frame.
    longest_sides
        int64, shape ``(N,)``: of the bounding boxes.
    """

    mass_offsets: Floats
    box_offsets: Floats
    longest_sides: NDArray[np.int64]

    def table(self) -> Table:
        """One row a meaning of "centred"."""

        def row(name: str, offsets: Floats) -> tuple[str, ...]:
            far = f"{np.percentile(offsets, 99):.1f} px"
            return (name, f"{percent(float((offsets <= 1).mean()))}", f"{np.median(offsets):.2f} px", far)

        rows = (row("Centre of mass", self.mass_offsets), row("Middle of the bounding box", self.box_offsets))
        return Table(("", "Within 1 px", "Half are within", "99% are within"), rows)


def measure_centring() -> Centring:
    """Measure all 70,000 digits."""
    splits = load_splits(TrainConfig())
    parts = [centring_of(part.images) for part in (splits.train, splits.validation, splits.test)]
    return Centring(
        np.concatenate([part.mass_offsets for part in parts]),
        np.concatenate([part.box_offsets for part in parts]),
        np.concatenate([part.longest_sides for part in parts]),
    )


def centring_of(images: NDArray[np.uint8]) -> Centring:
    """Offsets and sizes of uint8 images ``(N, 28, 28)``, each with some ink."""
    places = np.arange(IMAGE_SIDE)
    mass, box, sides = [], [], []
    for axis in (1, 2):
        # Ink of each row, then of each column.
        ink = images.sum(axis=3 - axis, dtype=np.int64)
        mass.append(ink @ places / np.maximum(ink.sum(axis=1), 1) - MASS_MIDDLE)
        first, last = (ink > 0).argmax(axis=1), IMAGE_SIDE - 1 - (ink[:, ::-1] > 0).argmax(axis=1)
        box.append((first + last) / 2 - BOX_MIDDLE)
        sides.append(last - first + 1)
    return Centring(np.hypot(*mass), np.hypot(*box), np.maximum(*sides))

"""Two more measurements: what the units of two layers look at, and where the digits lie in their frames."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import IMAGE_SIDE
from core.drawings.preprocessing import normalise
from core.learn.experiments.records import Table
from core.learn.walk import Floats
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
    """What a network with two hidden layers looks at.

    Parameters
    ----------
    first
        float32, shape ``(H, 28, 28)``: weights of the first layer's units.
    locality
        float64, shape ``(H,)``: largest share of a unit's squared weights that a 9 × 9 window holds.
    examples
        uint8, shape ``(U, 5, 28, 28)``: the images that excite each unit of the second layer most.
    by_loops, by_digit
        float64, shape ``(U,)``: share of the variance of a unit's activity that is explained by whether the image has
        a closed loop, and by the one digit that explains most.
    """

    first: NDArray[np.float32]
    locality: Floats
    examples: NDArray[np.uint8]
    by_loops: Floats
    by_digit: Floats

    @property
    def local_units(self) -> int:
        """Units of the first layer that look at one small place, as an edge detector would."""
        return int((self.locality >= LOCAL_SHARE).sum())

    @property
    def loop_units(self) -> int:
        """Units of the second layer that loops explain, and explain better than any one digit does."""
        return int(((self.by_loops >= LOOP_SHARE) & (self.by_loops > self.by_digit)).sum())

    def table(self) -> Table:
        """One row a layer."""
        first = f"{self.local_units} of {len(self.first)} see one small place"
        second = f"{self.loop_units} of {len(self.by_loops)} tell loops better than a digit"
        rows = (
            ("1", first, f"Their best window holds {self.locality.mean():.0%} of the weight on average"),
            ("2", second, f"Loops explain {self.by_loops.mean():.0%} on average, one digit {self.by_digit.mean():.0%}"),
        )
        return Table(("Layer", "Units", "Measured"), rows)


def profile_layers(model: NumpyModel) -> LayerProfiles:
    """Look at 2,000 validation images through a network with two hidden ReLU layers."""
    validation = load_splits(TrainConfig()).validation
    images, labels = validation.images[:_IMAGES], validation.labels[:_IMAGES]
    activity = normalise(images, model.normalisation)
    for layer in range(2):
        sums = activity @ model.weights[f"layers.{layer}.weight"].T + model.weights[f"layers.{layer}.bias"]
        activity = np.maximum(sums, 0)
    # A unit that is always silent has nothing to show.
    speaking = activity[:, activity.std(axis=0) > 0]
    best = np.argsort(-speaking, axis=0, kind="stable")[:_EXAMPLES].T
    by_digit = np.stack([explained(speaking, labels == label) for label in range(10)])
    first = model.first_layer_images()
    return LayerProfiles(first, locality(first), images[best], explained(speaking, has_loop(images)), by_digit.max(0))


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
            return (name, f"{(offsets <= 1).mean():.1%}", f"{np.median(offsets):.2f} px", far)

        rows = (row("Centre of mass", self.mass_offsets), row("Middle of the bounding box", self.box_offsets))
        return Table(("", "Within 1 px", "Half are within", "99 % are within"), rows)


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

"""One reading that somebody wants explained, and what is computed of it, each once."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.neighbours import nearest_neighbours
from core.data.dataset import ImageDataset
from core.errors import DataError
from core.explain.attributions import Attribution, attribute, top_two
from core.explain.flip import Flip, smallest_flip
from core.explain.interpolation import Walk, walk_between
from core.explain.method import Method
from core.runs.records import Run
from ui.shell.resources import model, run_store, splits_of
from ui.shell.url import linked
from ui.shell.url_values import one_of
from ui.shell.words import listed

AUTO, _RIVAL = "auto", "rival"


@dataclass(frozen=True, eq=False)
class Asked:
    """An image as a run's network gets it.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``.
    answer, runner_up
        The class that it reads, and the one that comes next.
    true_label
        Where it is known.
    version
        Of the run's weights.
    """

    run: Run
    image: NDArray[np.uint8]
    answer: int
    runner_up: int
    true_label: int | None
    version: str

    @property
    def names(self) -> tuple[str, ...]:
        """Of the classes."""
        return self.run.class_names

    @property
    def usual_rival(self) -> int:
        """The class to compare the answer with: the true one where that is another, else the runner-up."""
        if self.true_label is None or self.true_label == self.answer:
            return self.runner_up
        return self.true_label

    @property
    def network(self) -> tuple[str, str]:
        """What a cache tells weights by."""
        return self.run.run_id, self.version


def ask(run: Run, image: NDArray[np.uint8], true_label: int | None = None) -> Asked:
    """The reading of an image, uint8 ``(28, 28)``, by a run's network."""
    version = run_store().summary(run.run_id).version
    answer, runner_up = _top_two(run.run_id, version, image.tobytes())
    return Asked(run, image, answer, runner_up, true_label, version)


def choose_rival(asked: Asked) -> int:
    """The class that the answer is compared with; also in the URL."""
    others = [name for label, name in enumerate(asked.names) if label != asked.answer]
    usual = "the true label" if asked.usual_rival == asked.true_label else "the runner-up"
    sentence = f"The answer can be compared with {listed(others)}, not with “{{value}}”."
    chosen = st.selectbox(
        "Compared with",
        [AUTO, *others],
        format_func=lambda name: f"{asked.names[asked.usual_rival]}, {usual}" if name == AUTO else name,
        width=220,
        **linked(_RIVAL, one_of(AUTO, *others), AUTO, sentence),
    )
    return asked.usual_rival if chosen == AUTO else asked.names.index(chosen)


def attribution_of(asked: Asked, method: Method, rival: int) -> Attribution:
    """What each pixel says for the answer and for its rival."""
    return _attribution(*asked.network, asked.image.tobytes(), method.value, (asked.answer, rival))


def flip_of(asked: Asked) -> Flip | None:
    """The smallest change that was found to change the answer."""
    return _flip(*asked.network, asked.image.tobytes())


def training_images(run: Run) -> ImageDataset | None:
    """What the run learned from; None if it has been deleted."""
    try:
        return splits_of(run.config).train
    except DataError:
        return None


def walk_of(asked: Asked, train: ImageDataset, rival: int) -> Walk | None:
    """The way to the nearest training image of a class, by its pixels; None if it has none."""
    key = asked.run.config.data_only().to_json()
    return _walk(*asked.network, asked.image.tobytes(), rival, key, train)


@st.cache_data(max_entries=200, show_spinner=False)
def _top_two(run_id: str, version: str, image: bytes) -> tuple[int, int]:  # noqa: ARG001
    return top_two(model(run_id), _image(image))


# What is kept is frozen, so that nobody needs a copy. ``version`` is part of the caches' keys and nothing else.
@st.cache_resource(max_entries=64, show_spinner=False)
def _attribution(
    run_id: str,
    version: str,  # noqa: ARG001
    image: bytes,
    method: str,
    classes: tuple[int, int],
) -> Attribution:
    return attribute(model(run_id), _image(image), Method(method), classes)


@st.cache_resource(max_entries=64, show_spinner=False)
def _flip(run_id: str, version: str, image: bytes) -> Flip | None:  # noqa: ARG001
    return smallest_flip(model(run_id), _image(image))


@st.cache_resource(max_entries=32, show_spinner=False)
def _walk(
    run_id: str,
    version: str,  # noqa: ARG001
    image: bytes,
    rival: int,
    data: str,  # noqa: ARG001 – names the training images
    _train: ImageDataset,
) -> Walk | None:
    ends = _train.images[_train.labels == rival]
    start = _image(image)
    positions, _ = nearest_neighbours(start, ends, 1)
    return walk_between(model(run_id), start, ends[positions[0]]) if len(positions) else None


def _image(image: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(image, np.uint8).reshape(28, 28)

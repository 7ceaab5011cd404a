"""One reading that somebody wants explained, and what is computed of it, each once."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.neighbours import nearest_neighbours
from core.data.dataset import ImageDataset
from core.errors import DataError, RunError
from core.explain.attributions import Attribution, attribute, top_two
from core.explain.flip import Flip, smallest_flip
from core.explain.interpolation import Walk, walk_between
from core.explain.method import Method
from core.models.numpy_model import NumpyModel
from core.runs.class_order import require_own_order
from core.runs.records import Run
from ui.shell.earlier import earlier_network
from ui.shell.resources import model, run_store, splits_of
from ui.shell.url import linked
from ui.shell.url_values import one_of
from ui.shell.words import escape_markdown, listed

AUTO, _RIVAL = "auto", "rival"


@dataclass(frozen=True)
class Earlier:
    """A place of a training run before its end.

    Parameters
    ----------
    words
        ``epoch 3``, ``after 30 batches``.
    path
        The file with the weights; empty where they are not kept.
    """

    words: str
    path: str

    @property
    def when(self) -> str:
        """In a sentence: ``after epoch 3``."""
        return self.words if self.words.startswith(("after ", "before ")) else f"after {self.words}"


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
    place
        The file with weights of an earlier place; empty after the last epoch.
    """

    run: Run
    image: NDArray[np.uint8]
    answer: int
    runner_up: int
    true_label: int | None
    version: str
    place: str = ""

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
    def network(self) -> tuple[str, str, str]:
        """What a cache tells weights by."""
        return self.run.run_id, self.version, self.place

    @property
    def model(self) -> NumpyModel:
        """The network that is explained."""
        return _model(*self.network)

    @property
    def last_answer(self) -> int:
        """The class that the network reads after its last epoch."""
        return _top_two(self.run.run_id, self.version, "", self.image.tobytes())[0]


def ask(run: Run, image: NDArray[np.uint8], true_label: int | None = None, earlier: Earlier | None = None) -> Asked:
    """The reading of an image, uint8 ``(28, 28)``, by a run's network.

    Parameters
    ----------
    earlier
        The place whose network is asked; where its weights are not there, the last one is.
    """
    version = run_store().summary(run.run_id).version
    place = "" if earlier is None else earlier.path
    try:
        answer, runner_up = _top_two(run.run_id, version, place, image.tobytes())
    except RunError:
        # Thinned out meanwhile, or damaged.
        if not place:
            raise
        return ask(run, image, true_label)
    return Asked(run, image, answer, runner_up, true_label, version, place)


def choose_rival(asked: Asked) -> int:
    """The class that the answer is compared with; also in the URL."""
    others = [name for label, name in enumerate(asked.names) if label != asked.answer]
    usual = "the true label" if asked.usual_rival == asked.true_label else "the runner-up"
    sentence = f"The answer can be compared with {escape_markdown(listed(others))}, not with “{{value}}”."
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
        train = splits_of(run.config).train
        require_own_order(run, train.class_names)
    except DataError:
        return None
    return train


def walk_of(asked: Asked, train: ImageDataset, rival: int) -> Walk | None:
    """The way to the nearest training image of a class, by its pixels; None if it has none."""
    key = asked.run.config.data_only().to_json()
    return _walk(*asked.network, asked.image.tobytes(), rival, key, train)


@st.cache_data(max_entries=200, show_spinner=False)
def _top_two(run_id: str, version: str, place: str, image: bytes) -> tuple[int, int]:
    return top_two(_model(run_id, version, place), _image(image))


# What is kept is frozen, so that nobody needs a copy.
@st.cache_resource(max_entries=64, show_spinner=False)
def _attribution(
    run_id: str,
    version: str,
    place: str,
    image: bytes,
    method: str,
    classes: tuple[int, int],
) -> Attribution:
    return attribute(_model(run_id, version, place), _image(image), Method(method), classes)


@st.cache_resource(max_entries=64, show_spinner=False)
def _flip(run_id: str, version: str, place: str, image: bytes) -> Flip | None:
    return smallest_flip(_model(run_id, version, place), _image(image))


@st.cache_resource(max_entries=32, show_spinner=False)
def _walk(
    run_id: str,
    version: str,
    place: str,
    image: bytes,
    rival: int,
    data: str,  # noqa: ARG001 – names the training images
    _train: ImageDataset,
) -> Walk | None:
    ends = _train.images[_train.labels == rival]
    start = _image(image)
    positions, _ = nearest_neighbours(start, ends, 1)
    return walk_between(_model(run_id, version, place), start, ends[positions[0]]) if len(positions) else None


def _image(image: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(image, np.uint8).reshape(28, 28)


def _model(run_id: str, version: str, place: str) -> NumpyModel:  # noqa: ARG001 – what is kept of it depends on it
    return earlier_network(place) if place else model(run_id)

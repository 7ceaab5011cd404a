"""Explore, Labels: which labels look wrong, which training images are also held out, and what is to become of them."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.percent import probability_percent
from core.corrections import Correction
from core.data.dataset import TRAINING, Splits
from core.figures.montage import digit_montage
from core.labels.examination import HELD_OUT, Examination
from ui.choices.dataset import whole_splits
from ui.digits.gallery import show_gallery, show_montage
from ui.explore.corrected import current_decisions, show_decision, show_retraining
from ui.explore.examined import examination
from ui.explore.filters import INDEX, choose_index
from ui.explore.inspector import show_neighbours, show_pixels
from ui.live.kept import kept_figure
from ui.shell.columns import side_by_side
from ui.shell.measurement import Measurement, show_running, show_start
from ui.shell.polling import show_polled
from ui.shell.url import choice
from ui.shell.words import escape_markdown, item

CANDIDATES = "candidates"
_COPIES = "copies"
_PER_PAGE = 50
_NUMBER = "explore_candidate"


@dataclass(frozen=True, eq=False)
class Candidate:
    """A training image that somebody is to look at.

    Parameters
    ----------
    position, index
        In the training split, and in the file.
    suggested
        The class that the networks read; None for a near-duplicate.
    why
        What is against it, in a few words, and shorter below the image.
    twin, where
        Of a near-duplicate: uint8, shape ``(28, 28)``, the image that is held out, and which it is, in a few words.
    """

    position: int
    index: int
    suggested: int | None
    why: str
    caption: str
    twin: NDArray[np.uint8] | None = None
    where: str = ""


def show_labels(name: str, split_name: str) -> None:
    """The way to an examination of the training images, and its result."""
    if split_name != TRAINING:
        st.info("Labels can be examined and corrected only in training images: choose the split Training.")
        return
    kind = str(st.segmented_control("Candidates", required=True, **choice(CANDIDATES)))
    measurement = examination(name)
    show_polled(_show_state, name, measurement, busy=lambda: measurement.is_running)
    found = measurement.result()
    if found is not None:
        _show_examination(name, found, kind)


def _show_state(name: str, measurement: Measurement[Examination]) -> None:
    train = whole_splits(name).train
    if (found := measurement.result()) is not None:
        st.markdown(
            f"**{found.images:,} training {item(train.class_names)}s examined** · about {found.estimate:,} labels look "
            f"wrong, hard images among them · {len(found.distances):,} near-duplicates in validation and test"
        )
        return
    doing = "Workers read each image with a network that has not seen it."
    if show_running(measurement, doing, key="stop_labels", failed="The labels could not be examined"):
        return
    st.markdown(
        "Five networks each learn from four fifths of the training images and read the remaining fifth. A label that "
        "they find improbable may be wrong. Then validation and test images are compared with training images, pixel "
        "by pixel."
    )
    show_start(measurement, "Look for wrong labels", key="start_labels", icon=":material/troubleshoot:")


def _show_examination(name: str, found: Examination, kind: str) -> None:
    splits = whole_splits(name)
    candidates = _copies(found, splits) if kind == _COPIES else _suspects(found, splits)
    if candidates:
        _show_candidates(name, splits, candidates)
    else:
        nothing = (
            "No validation or test image is nearly the same as a training image."
            if kind == _COPIES
            else "No label looks wrong."
        )
        st.info(nothing)
    show_retraining(name)


def _show_candidates(name: str, splits: Splits, candidates: list[Candidate]) -> None:
    chosen = _chosen(candidates)
    first = chosen // _PER_PAGE * _PER_PAGE
    shown = candidates[first : first + _PER_PAGE]
    decided = current_decisions(name)
    images, beside = side_by_side(3, 2, key="explore_labels_columns")
    with images:
        _choose_number(candidates, chosen)
        show_gallery(
            splits.train.images[[candidate.position for candidate in shown]],
            [f"{candidate.why}<br>index {candidate.index:,}" for candidate in shown],
            key="explore_labels",
            alt=f"{len(shown)} candidates in a grid, the most striking first; of the first: {shown[0].why}.",
            selected=chosen - first,
            captions=[candidate.caption for candidate in shown],
            marks=["right" if candidate.index in decided else "" for candidate in shown],
            on_pick=lambda place: choose_index(shown[place].index),
        )
        is_pair = candidates[chosen].suggested is None
        below = "How much the pair differs" if is_pair else "Label → what the networks read"
        st.caption(f"{below}. A thin frame marks labels that you have checked.")
    with beside:
        candidate = candidates[chosen]
        show_pixels(name, candidate.index)
        st.markdown(escape_markdown(candidate.why))
        if candidate.twin is not None:
            _show_pair(splits.train.images[candidate.position], candidate.twin, candidate.where)
        label = int(splits.train.labels[candidate.position])
        later = [each.index for each in candidates if each.index not in decided and each.index != candidate.index]
        show_decision(name, Correction(candidate.index, label, candidate.suggested), later[0] if later else None)
        show_neighbours(name, candidate.index)


def _choose_number(candidates: list[Candidate], chosen: int) -> None:
    st.session_state[_NUMBER] = chosen + 1

    def take() -> None:
        choose_index(candidates[st.session_state[_NUMBER] - 1].index)

    st.number_input(
        f"Candidate, 1 to {len(candidates):,}", 1, len(candidates), step=1, key=_NUMBER, on_change=take, width=220
    )


def _chosen(candidates: list[Candidate]) -> int:
    """Where the index of the URL is among the candidates; the first if it is none of them."""
    said = st.query_params.get(INDEX, "")
    wanted = int(said) if said.isdecimal() else st.session_state.get(INDEX)
    return next((place for place, candidate in enumerate(candidates) if candidate.index == wanted), 0)


def _suspects(found: Examination, splits: Splits) -> list[Candidate]:
    names, indices = splits.train.class_names, splits.train.file_indices
    columns = (found.positions, found.labels, found.suggested, found.own, found.other)
    return [
        Candidate(
            position,
            int(indices[position]),
            suggested,
            f"Labelled {names[label]}, read as {names[suggested]} with {probability_percent(other)}; its label gets "
            f"{probability_percent(own)}",
            f"{names[label][:6]} → {names[suggested][:6]}",
        )
        for position, label, suggested, own, other in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _copies(found: Examination, splits: Splits) -> list[Candidate]:
    candidates, seen = [], set[int]()
    for (place, there, position), distance in zip(found.copies.tolist(), found.distances.tolist(), strict=True):
        if position in seen:
            continue
        seen.add(position)
        other, split = splits.named(HELD_OUT[place]), HELD_OUT[place].lower()
        where = f"{split} image {other.file_indices[there]:,}"
        why = (
            f"Nearly the same as the {split} image with index {other.file_indices[there]:,}, which is labelled "
            f"{other.class_names[other.labels[there]]}: they differ by {distance:.1%}"
        )
        index = int(splits.train.file_indices[position])
        candidates.append(Candidate(position, index, None, why, f"{distance:.1%}", other.images[there], where))
    return candidates


def _show_pair(image: NDArray[np.uint8], twin: NDArray[np.uint8], where: str) -> None:
    """A training image beside the one that is held out."""
    captions = ["this image", where]
    figure = kept_figure(digit_montage, np.stack([image, twin]), captions, columns=2, captions=captions)
    show_montage(figure, key="explore_pair", alt=f"This training image, and beside it the {where}.")

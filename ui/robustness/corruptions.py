"""Robustness: the fifteen corruptions of MNIST-C, a row for each."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.analysis.accuracy import share_correct
from core.corruptions.measuring import MNIST_C
from core.corruptions.mnist_c import CORRUPTIONS
from core.data.dataset import ImageDataset
from ui.robustness.examples import examples_of, show_examples
from ui.robustness.progress import show_measured
from ui.robustness.subjects import Measured, Subject
from ui.shell.columns import side_by_side

_NAMES = tuple(f"{MNIST_C}/{name}" for name in CORRUPTIONS)
_SHOWN = 5
"""The example that is shown, of MNIST a 5; where there are fewer, the last one."""


def show_corruptions(subjects: Sequence[Subject]) -> None:
    """One digit under all of them, and a table of accuracies with a column for each run."""
    st.header("The fifteen corruptions of MNIST-C", anchor=False)
    st.caption(
        "MNIST-C (Mu and Gilmer, 2019) is the test set made harder in fifteen ways. They are generated here from "
        "their published definitions, at the severities of MNIST-C, on the same sample of test images."
    )
    numbers, digits = side_by_side(1, 1, key="robustness_mnist")
    wanted = [Measured(subject, subject.test, _NAMES) for subject in subjects]
    with numbers:
        show_measured(
            wanted,
            lambda: _show_table(wanted),
            key="robustness_mnist_c",
            button="Measure all fifteen",
            doing="A worker measures the corruptions",
        )
    with digits:
        _show_digit(subjects[0])


def _show_digit(subject: Subject) -> None:
    examples = examples_of(subject.test)
    place = min(_SHOWN, len(examples) - 1)
    corrupted = _corrupted(subject.test.digest, subject.test, place)
    labels = np.repeat(examples.labels[place], len(corrupted))
    said = subject.network.logits(corrupted).argmax(axis=1)
    count = int((said == labels).sum())
    show_examples(
        corrupted,
        labels,
        [(subject, said)],
        key="robustness_corrupted",
        alt=f"One test image under each corruption, of which the network reads {count} correctly.",
        columns=5,
        names=[corruption.title for corruption in CORRUPTIONS.values()],
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _corrupted(digest: str, _images: ImageDataset, place: int) -> NDArray[np.uint8]:  # noqa: ARG001
    image = examples_of(_images).images[[place]]
    return np.concatenate([corruption.apply(image) for corruption in CORRUPTIONS.values()])


def _show_table(wanted: Sequence[Measured]) -> None:
    known = [(each.subject, results) for each in wanted if (results := each.results) is not None]
    if not known:
        return
    columns: dict[str, list[Any]] = {
        "Corruption": ["As they are", *(each.title for each in CORRUPTIONS.values()), "Mean of the fifteen"],
        "Severity": [None, *(each.published for each in CORRUPTIONS.values()), None],
    }
    for subject, results in known:
        shares = [results[name][0] for name in _NAMES]
        clean = _clean(subject.run.run_id, subject.run.version, subject.test.digest, subject)
        columns[subject.label] = [100 * share for share in (clean, *shares, fmean(shares))]
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={subject.label: _column(alone=len(known) == 1) for subject, _ in known},
        alt="Accuracy on corrupted test images, a row for each corruption and a column for each run",
    )


def _column(*, alone: bool) -> Any:
    """Bars where there is room for them."""
    if alone:
        return st.column_config.ProgressColumn(format="%.2f%%", min_value=0, max_value=100)
    return st.column_config.NumberColumn(format="%.2f%%")


@st.cache_data(max_entries=32, show_spinner=False)
def _clean(run_id: str, version: str, digest: str, _subject: Subject) -> float:  # noqa: ARG001
    """Accuracy on the images as they are."""
    return share_correct(_subject.network.logits(_subject.test.images), _subject.test.labels)

"""Robustness: accuracy against the strength of one change, and digits at the strength that is chosen."""

from collections.abc import Sequence

import streamlit as st

from core.analysis.intervals import widest_reach
from core.analysis.percent import percent
from core.corruptions.change import Change
from core.corruptions.changes import CHANGES
from core.corruptions.measuring import CHANGE
from core.data.dataset import ImageDataset
from core.figures.robustness import StrengthCurve, strength_figure
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.robustness.examples import examples_of, show_examples
from ui.robustness.progress import show_measured
from ui.robustness.subjects import Measured, Subject
from ui.robustness.your_drawing import show_your_drawing
from ui.shell.columns import side_by_side
from ui.shell.url import choice, linked
from ui.shell.url_values import number_in
from ui.shell.words import escape_markdown

_STRENGTH = "strength"


def show_strengths(subjects: Sequence[Subject]) -> None:
    """The choice of a change and of a strength, the curve and the digits."""
    st.header("One change, stronger and stronger", anchor=False)
    left, right = side_by_side(1, 2, key="robustness_change")
    with left:
        change = CHANGES[st.selectbox("Change", **choice("change"))]
    with right:
        strength = _choose_strength(change)
    st.caption(f"{change.explanation} {sample_words([subject.test for subject in subjects])}")
    chart, digits = side_by_side(1, 1, key="robustness_strengths")
    name = f"{CHANGE}/{change.name}"
    wanted = [Measured(subject, subject.test, (name,)) for subject in subjects]
    with chart:
        show_measured(
            wanted,
            lambda: _show_curves(wanted, change, strength),
            key=f"robustness_{change.name}",
            doing=f"A worker measures {change.title.lower()}",
        )
    with digits:
        _show_digits(subjects, change, strength)
    show_your_drawing(subjects[0], change)


def sample_words(samples: Sequence[ImageDataset]) -> str:
    """On which images is measured, and how far to trust the result.

    Parameters
    ----------
    samples
        One for each subject.
    """
    least, most = min(map(len, samples)), max(map(len, samples))
    count = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    whose = "always the same" if len({sample.digest for sample in samples}) == 1 else "each run’s own"
    reach = 100 * widest_reach(least)
    images = "test image" if most == 1 else "test images"
    return f"Measured on {count} {images}, {whose}: accurate to about {reach:.0f} points."


def _choose_strength(change: Change) -> float:
    strengths = [float(strength) for strength in change.strengths]
    known = ", ".join(f"{strength:g}" for strength in strengths)
    sentence = f"{change.title} is measured at {known}, not at “{{value}}”."
    chosen: float = st.select_slider(
        f"{change.title}: how strong",
        strengths,
        format_func=change.words,
        **linked(_STRENGTH, number_in(*strengths), change.usual, sentence),
    )
    return chosen


def _show_curves(wanted: Sequence[Measured], change: Change, strength: float) -> None:
    curves = [
        StrengthCurve(each.subject.label, each.subject.style, results[each.names[0]])
        for each in wanted
        if (results := each.results) is not None
    ]
    figure = kept_figure(
        strength_figure,
        curves,
        change.strengths,
        title="Accuracy on changed test images",
        across=f"{change.title}{f' ({change.unit.strip()})' if change.unit.strip() else ''}",
        chosen=strength,
        neutral=change.neutral,
    )
    place = change.strengths.index(strength)
    at = ", ".join(f"{curve.label} {percent(curve.accuracies[place])}" for curve in curves)
    show_figure(
        figure,
        key="robustness_curves",
        alt=f"Test accuracy against {change.title.lower()}; at {change.words(strength)}: {at or 'not measured yet'}.",
        revision=change.name,
    )
    if at:
        st.markdown(f"At **{change.words(strength)}**: {escape_markdown(at)}.")


def _show_digits(subjects: Sequence[Subject], change: Change, strength: float) -> None:
    first = subjects[0]
    examples = examples_of(first.test)
    changed = change.apply(examples.images, strength)
    alike = [subject for subject in subjects if subject.run.class_names == first.run.class_names]
    readings = [(subject, subject.network.logits(changed).argmax(axis=1)) for subject in alike]
    count = int((readings[0][1] == examples.labels).sum())
    show_examples(
        changed,
        examples.labels,
        readings,
        key="robustness_digits",
        alt=f"{len(examples)} test images with {change.title.lower()} {change.words(strength)}, and what is read: "
        f"{count} correctly.",
    )
    st.caption(
        f"Below each digit, what the network reads: {count} of {len(examples)} correctly. Point at one for more."
    )

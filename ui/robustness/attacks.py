"""Robustness: ink changed on purpose, by FGSM and PGD."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.percent import percent
from core.corruptions.attacks import ATTACKS, EPSILONS
from core.corruptions.measuring import ATTACK, attacked_sample
from core.explain.gradients import ink_of, logits
from core.figures.robustness import StrengthCurve, strength_figure
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.robustness.examples import examples_of, show_examples
from ui.robustness.progress import show_measured
from ui.robustness.strengths import sample_words
from ui.robustness.subjects import Measured, Subject
from ui.shell.columns import side_by_side
from ui.shell.url import choice, linked
from ui.shell.url_values import number_in
from ui.shell.words import escape_markdown

_NAMES = tuple(f"{ATTACK}/{name}" for name in ATTACKS)
_EPSILON, _USUAL = "epsilon", 0.1


def show_attacks(subjects: Sequence[Subject]) -> None:
    """The choice of an attack and of ε, accuracy by ε, and digits that were attacked."""
    st.header("Changed on purpose", anchor=False)
    left, right = side_by_side(1, 2, key="robustness_attack")
    with left:
        attack = ATTACKS[st.segmented_control("Attack on the digits shown", required=True, **choice("attack"))]
    with right:
        epsilon: float = st.select_slider(
            "ε: the largest change of a pixel, as a share of the grey scale",
            list(EPSILONS),
            format_func=lambda value: f"{value:g}",
            **linked(
                _EPSILON,
                number_in(*EPSILONS),
                _USUAL,
                f"Attacks are measured at {', '.join(f'{value:g}' for value in EPSILONS)}, not at “{{value}}”.",
            ),
        )
    st.caption(
        "Random noise hurts little; noise along the gradient of the loss with respect to the pixels hurts most. "
        "FGSM takes one step, PGD ten smaller ones. "
        f"{sample_words([attacked_sample(subject.test) for subject in subjects])}"
    )
    chart, digits = side_by_side(1, 1, key="robustness_attacks")
    wanted = [Measured(subject, subject.test, _NAMES) for subject in subjects]
    with chart:
        show_measured(
            wanted,
            lambda: _show_curves(wanted, epsilon),
            key="robustness_attacks_measured",
            button="Measure both attacks",
            doing="A worker attacks",
        )
    with digits:
        _show_digits(subjects[0], attack.name, epsilon)


def _show_curves(wanted: Sequence[Measured], epsilon: float) -> None:
    known = [(each.subject, results) for each in wanted if (results := each.results) is not None]
    if not known:
        return
    curves = [
        StrengthCurve(f"{subject.label}, {attack.title}", subject.style, results[f"{ATTACK}/{name}"], name == "fgsm")
        for subject, results in known
        for name, attack in ATTACKS.items()
    ]
    figure = kept_figure(
        strength_figure, curves, EPSILONS, title="Accuracy on attacked test images", across="ε", chosen=epsilon
    )
    at = ", ".join(f"{curve.label} {percent(curve.accuracies[EPSILONS.index(epsilon)])}" for curve in curves)
    show_figure(figure, key="robustness_epsilon", alt=f"Test accuracy against ε; at {epsilon:g}: {at}.")
    st.markdown(f"At **ε = {epsilon:g}**: {escape_markdown(at)}.")


def _show_digits(subject: Subject, attack: str, epsilon: float) -> None:
    examples = examples_of(subject.test)
    shown, said = _attacked(subject.run.run_id, subject.run.version, attack, epsilon, subject)
    count = int((said == examples.labels).sum())
    show_examples(
        shown,
        examples.labels,
        [(subject, said)],
        key="robustness_attacked",
        alt=f"{len(examples)} test images attacked with ε = {epsilon:g}, of which {count} are read correctly.",
    )
    st.caption(f"{count} of {len(examples)} are read correctly. To most people, they still look like the same digits.")


@st.cache_data(max_entries=64, show_spinner=False)
def _attacked(
    run_id: str,  # noqa: ARG001
    version: str,  # noqa: ARG001
    attack: str,
    epsilon: float,
    _subject: Subject,
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Attacked examples as bytes, and what the network reads of their ink, which is finer than bytes."""
    examples = examples_of(_subject.test)
    ink = ATTACKS[attack].function(_subject.network, ink_of(examples.images), examples.labels, epsilon, 0)
    shown = np.rint(ink * 255).astype(np.uint8).reshape(examples.images.shape)
    return shown, logits(_subject.network, ink).argmax(axis=1)

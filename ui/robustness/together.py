"""Robustness: several changes at once, in the order in which a picture comes about."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.percent import percent
from core.corruptions.changes import CHANGES
from core.corruptions.combination import NONE, ORDER, Combination
from core.corruptions.measuring import TOGETHER, Results, together_names
from ui.robustness.examples import COLUMNS, examples_of, show_examples
from ui.robustness.progress import show_measured
from ui.robustness.state import RobustnessState
from ui.robustness.strengths import sample_words
from ui.robustness.subjects import Measured, Subject
from ui.robustness.your_drawing import drawing_for, show_drawn, show_way_to_draw
from ui.shell.columns import side_by_side
from ui.shell.series import find_series, stop_series
from ui.shell.state import page_state
from ui.shell.url import go_to, linked
from ui.shell.words import escape_markdown

_PARAM, _CHOSEN = TOGETHER, "together_changes"
_USUAL = Combination.of({"rotation": 15, "noise": 0.2})


@st.fragment
def show_together(subjects: Sequence[Subject]) -> None:
    """The choice of changes and of a strength for each, one accuracy for all of them, and digits so changed."""
    st.header("Several changes at once", anchor=False)
    combination = _choose()
    st.caption(
        "Whatever the order in which you choose them, changes are made in the order in which an image is formed: "
        f"{', '.join(CHANGES[name].title.lower() for name in ORDER)}. What each costs alone need not add up to what "
        f"they cost together. {sample_words([subject.test for subject in subjects])}"
    )
    numbers, digits = side_by_side(1, 1, key="robustness_together")
    wanted = [Measured(subject, subject.test, together_names(combination)) for subject in subjects]
    _let_go_of_others(wanted)
    with numbers:
        show_measured(
            wanted,
            lambda: _show_accuracies(wanted, combination),
            key="robustness_together",
            doing="A worker measures these changes",
        )
    with digits:
        _show_digits(subjects, combination)
    _show_drawing(subjects[0], combination)


def _choose() -> Combination:
    """The changes that the URL names, with a slider for each."""
    linked(_PARAM, lambda text: Combination.parse(text).text, _USUAL.text, "")
    combination = Combination.parse(st.session_state[_PARAM])
    # The widgets show what the URL says, whatever they have shown before.
    st.session_state[_CHOSEN] = [name for name, _ in combination.steps]
    st.multiselect(
        "Changes",
        list(CHANGES),
        format_func=lambda name: CHANGES[name].title,
        placeholder="Choose one or more",
        key=_CHOSEN,
        on_change=_take_changes,
        args=(combination,),
    )
    with st.grid(3, min_column_width=220, gap="medium"):
        for name, strength in combination.steps:
            _show_slider(combination, name, strength)
    return combination


def _show_slider(combination: Combination, name: str, strength: float) -> None:
    change, key = CHANGES[name], f"together_{name}"
    st.session_state[key] = strength
    st.slider(
        change.title,
        float(change.strengths[0]),
        float(change.strengths[-1]),
        step=float(change.step),
        format=f"%g{change.unit}",
        key=key,
        help=change.explanation,
        on_change=_take_strength,
        args=(combination, name),
    )


def _take_changes(before: Combination) -> None:
    """What is new begins at a usual strength; what stays keeps its own."""
    strengths = dict(before.steps)
    chosen = {name: strengths.get(name, CHANGES[name].usual) for name in st.session_state[_CHOSEN]}
    go_to(_PARAM, Combination.of(chosen).text, _USUAL.text)


def _take_strength(before: Combination, name: str) -> None:
    strengths = dict(before.steps) | {name: float(st.session_state[f"together_{name}"])}
    go_to(_PARAM, Combination.of(strengths).text, _USUAL.text)


def _let_go_of_others(wanted: Sequence[Measured]) -> None:
    """Ask for no more of what this session has moved on from; others who look at it ask again."""
    state, keys = page_state(RobustnessState), tuple(each.measurement.key for each in wanted)
    for key in set(state.together) - set(keys):
        series = find_series(key)
        if series is not None and series.is_running:
            stop_series(key)
    state.together = keys


def _show_accuracies(wanted: Sequence[Measured], combination: Combination) -> None:
    known = [(each.subject, results) for each in wanted if (results := each.results) is not None]
    if not known:
        return
    effective = combination.effective
    rows = {"As they are": NONE} | {f"{one.words} alone": one.text for one in effective.alone}
    if len(effective.steps) > 1:
        rows["All of them together"] = effective.text
    columns: dict[str, list[Any]] = {"Changed by": list(rows)}
    for subject, results in known:
        columns[subject.label] = [100 * results[f"{TOGETHER}/{text}"][0] for text in rows.values()]
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        height="content",
        column_config={subject.label: st.column_config.NumberColumn(format="%.2f%%") for subject, _ in known},
        alt="Accuracy on changed test images, a row for each change alone and one for all together",
    )
    at = ", ".join(
        f"{escape_markdown(subject.label)} {percent(_accuracy(results, effective))}" for subject, results in known
    )
    st.markdown(f"**{effective.words}**: {at}.{_compared(known, effective)}")


def _accuracy(results: Results, combination: Combination) -> float:
    return results[f"{TOGETHER}/{combination.text}"][0]


def _compared(known: Sequence[tuple[Subject, Results]], effective: Combination) -> str:
    """Of the first run: whether together they cost more than one after the other."""
    if len(effective.steps) < 2:
        return ""
    subject, results = known[0]
    clean = _accuracy(results, Combination())
    apart = sum(clean - _accuracy(results, one) for one in effective.alone)
    together = clean - _accuracy(results, effective)
    whose = "" if len(known) == 1 else f" of {escape_markdown(subject.label)}"
    return f" Alone, they cost {100 * apart:.2f} percentage points{whose} in sum, together {100 * together:.2f}."


def _show_digits(subjects: Sequence[Subject], combination: Combination) -> None:
    first = subjects[0]
    examples = examples_of(first.test)
    changed = combination.apply(examples.images)
    alike = [subject for subject in subjects if subject.run.class_names == first.run.class_names]
    readings = [(subject, subject.network.logits(changed).argmax(axis=1)) for subject in alike]
    count = int((readings[0][1] == examples.labels).sum())
    show_examples(
        changed,
        examples.labels,
        readings,
        key="robustness_together_digits",
        alt=f"{len(examples)} test images: {combination.words}, and what is read: {count} correctly.",
    )
    st.caption(
        f"Below each digit, what the network reads: {count} of {len(examples)} correctly. Point at one for more."
    )


def _show_drawing(subject: Subject, combination: Combination) -> None:
    """The drawing after each step; where there is none, the way to one."""
    drawn = drawing_for(subject)
    if drawn is None:
        show_way_to_draw(subject, "Draw something for this run to see here how it changes, step by step.")
        return
    st.markdown("**Your drawing, step by step**")
    stages = np.concatenate([stage.apply(drawn[np.newaxis]) for stage in combination.stages])
    said = subject.network.logits(stages).argmax(axis=1)
    show_drawn(
        stages,
        [subject.run.class_names[label] for label in said],
        ["as drawn", *(one.words for one in combination.alone)],
        key="robustness_together_drawing",
        what="Step",
        columns=max(COLUMNS, len(stages)),
    )

"""Two of the compared runs, image by image: where one is correct and the other is not."""

from dataclasses import dataclass

import streamlit as st
from numpy.typing import NDArray

from core.analysis.paired import Flips, McNemar, flips, mcnemar
from core.analysis.percent import percent, probability_percent
from core.analysis.predictions import Predictions
from core.data.dataset import ImageDataset
from core.errors import DigitLabError
from core.figures.confusion_difference import confusion_difference, difference_heatmap
from core.runs.class_order import require_own_order
from core.runs.records import Run
from ui.compare.chosen import Compared
from ui.digits.gallery import show_gallery
from ui.live.figure import show_figure
from ui.results.choice import OWN
from ui.results.final import Tested, count_look
from ui.shell.columns import side_by_side
from ui.shell.page import show_error
from ui.shell.predictions import predictions as stored_predictions
from ui.shell.resources import dataset_title, images_to_test, images_to_validate, model, run_store
from ui.shell.url import choice, linked, write_param
from ui.shell.url_values import one_of
from ui.shell.words import escape_markdown, item

_SHOWN, _COLUMNS = 40, 8
_A, _B = "a", "b"
"""In the URL."""


@dataclass(frozen=True, eq=False)
class _Side:
    """One of the two."""

    letter: str
    run: Run
    label: str
    images: ImageDataset
    predictions: Predictions


def show_pair(compared: Compared) -> None:
    """Choose A and B, then their numbers, the difference of their confusion matrices, and the images that flip."""
    if len(compared.runs) < 2:
        return
    st.header("Two of them, image by image", anchor=False)
    chosen = _choose(compared)
    kind = st.segmented_control(
        "Measured on",
        required=True,
        help="Use validation images to choose between networks. Test images must not choose anything, so looks at "
        "them are counted.",
        **choice("compared_on"),
    )
    if chosen[0].run_id == chosen[1].run_id:
        st.caption("A and B are the same run: choose another one.")
        return
    sides = [_side(letter, run, compared, kind) for letter, run in zip("AB", chosen, strict=True)]
    if sides[0] is None or sides[1] is None:
        return
    a, b = sides[0], sides[1]
    if a.images.digest != b.images.digest or a.predictions.class_names != b.predictions.class_names:
        _say_not_comparable(a, b, kind)
        return
    if kind == "test":
        for side in (a, b):
            count_look(Tested(side.run, OWN, side.images, side.predictions, counts=True, sentence=""))
    found = flips(a.predictions, b.predictions)
    _show_verdict(a, b, found, kind)
    _show_difference(a, b)
    _show_flips(a, b, found, kind)


def _choose(compared: Compared) -> tuple[Run, Run]:
    """A and B, also in the URL: the first two, unless somebody says otherwise."""
    runs = {run.run_id: run for run in compared.runs}
    ids = list(runs)
    before = st.session_state.get(_A)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = _choose_one(_A, ids[0], compared)
        other = ids[1] if first != ids[1] else ids[0]
        if before not in (None, *ids) and st.session_state.get(_B) == first:
            # A is no longer compared, and B would have taken its place as well.
            st.session_state[_B] = other
            write_param(_B)
        second = _choose_one(_B, other, compared)
    return runs[first], runs[second]


def _choose_one(letter: str, default: str, compared: Compared) -> str:
    ids = [run.run_id for run in compared.runs]
    link = linked(letter, one_of(*ids), default, "“{value}” is not among the runs that are compared.")
    return str(st.selectbox(letter.upper(), ids, format_func=compared.label_of, width=260, **link))


def _side(letter: str, run: Run, compared: Compared, kind: str) -> _Side | None:
    """Its predictions; None after a sentence on why there are none."""
    label = compared.label_of(run.run_id)
    if run.status.is_active:
        st.info(
            f"{letter} ({escape_markdown(label)}) is {run.status}: it is compared image by image when it has ended.",
            icon=":material/hourglass_top:",
        )
        return None
    try:
        if kind == "test":
            images, said = images_to_test(run.config), stored_predictions(run)
        else:
            images = images_to_validate(run.config)
            require_own_order(run, images.class_names)
            said = _on_validation(run.run_id, run.version)
    except DigitLabError as error:
        show_error(error)
        return None
    return _Side(letter, run, label, images, said)


# ``version`` is part of the cache's key and nothing else.
@st.cache_resource(max_entries=24, show_spinner="Reading the images …")
def _on_validation(run_id: str, version: str) -> Predictions:  # noqa: ARG001
    images = images_to_validate(run_store().summary(run_id).config)
    network = model(run_id)
    return Predictions(run_id, network.probabilities(images.images), images.labels, network.class_names)


def _say_not_comparable(a: _Side, b: _Side, kind: str) -> None:
    titles = [escape_markdown(dataset_title(side.run.config.dataset)) for side in (a, b)]
    if titles[0] != titles[1]:
        reason = f"A learned from {titles[0]} and B from {titles[1]}"
    elif a.predictions.class_names != b.predictions.class_names:
        reason = "they know different classes"
    else:
        reason = f"their {kind} images differ"
    st.info(f"A and B cannot be compared image by image: {reason}.", icon=":material/info:")


def _show_verdict(a: _Side, b: _Side, found: Flips, kind: str) -> None:
    total = len(a.predictions.labels)
    columns = side_by_side(1, 1, 1, 1, key="compare_metrics", least=130)
    word = "Test" if kind == "test" else "Validation"
    columns[0].metric(f"{word} accuracy of A", percent(a.predictions.accuracy))
    columns[1].metric(f"{word} accuracy of B", percent(b.predictions.accuracy))
    columns[2].metric("Only A correct", f"{len(found.only_first):,}")
    columns[3].metric("Only B correct", f"{len(found.only_second):,}")
    st.markdown(_verdict(mcnemar(len(found.only_first), len(found.only_second))))
    looked = ""
    if kind == "test":
        looks = [run_store().summary(side.run.run_id).test_looks for side in (a, b)]
        looked = f" Test results looked at: A {looks[0]:,}, B {looks[1]:,} times. Do not choose by them."
    st.caption(
        f"On {total:,} {kind} images: both correct {found.both:,}, both incorrect {found.neither:,}. "
        f"McNemar’s test looks only at the images on which the two differ.{looked}"
    )


def _verdict(test: McNemar) -> str:
    if test.only_first == test.only_second:
        return "**Neither is better**: each is correct equally often where the other is not."
    way = "exact" if test.is_exact else "chi-square, continuity-corrected"
    value = f"p = {test.p_value:.3f}" if test.p_value >= 0.001 else "p < 0.001"
    better = "A" if test.only_first > test.only_second else "B"
    if test.p_value < 0.05:
        return f"**{better} is better** on these images, beyond what chance explains (McNemar’s test, {way}: {value})."
    return (
        f"**{better} is ahead, but chance alone could explain it** (McNemar’s test, {way}: {value}). More seeds or "
        "more images would settle it."
    )


def _show_difference(a: _Side, b: _Side) -> None:
    names = a.predictions.class_names
    difference = confusion_difference(a.predictions.confusion_matrix, b.predictions.confusion_matrix)
    st.subheader("What they confuse", anchor=False)
    st.caption(
        "Rows are true labels. Orange: more often with B. Blue: more often with A. On the diagonal more is better."
    )
    show_figure(
        difference_heatmap(difference, names, f"A, {a.label}", f"B, {b.label}"),
        key="compare_difference",
        shape="0.95",
        max_height=520,
        alt=f"Difference of the confusion matrices of {b.label} and {a.label}",
        revision=f"{a.run.run_id}{b.run.run_id}",
    )


def _show_flips(a: _Side, b: _Side, found: Flips, kind: str) -> None:
    st.subheader("The images that flip", anchor=False)
    columns = side_by_side(1, 1, key="compare_flips", least=340)
    for column, good, bad, positions in (
        (columns[0], a, b, found.only_first),
        (columns[1], b, a, found.only_second),
    ):
        with column:
            _show_gallery(good, bad, positions, kind)


def _show_gallery(good: _Side, bad: _Side, positions: NDArray, kind: str) -> None:  # type: ignore[type-arg]
    names = good.predictions.class_names
    what = f"{good.letter} correct, {bad.letter} incorrect"
    st.markdown(f"**{what}: {len(positions):,}**" + (", surest mistakes first" if len(positions) > 1 else ""))
    if not len(positions):
        st.caption("None.")
        return
    shown = positions[:_SHOWN]
    true = [names[label] for label in good.predictions.labels[shown]]
    read = [names[label] for label in bad.predictions.predicted[shown]]
    sure = [probability_percent(float(bad.predictions.confidence[position])) for position in shown]
    picked = show_gallery(
        good.images.images[shown],
        [
            f"{kind} {item(names)} {position}: {good.letter} reads {t}, {bad.letter} reads {r}, {s} sure"
            for position, t, r, s in zip(shown, true, read, sure, strict=True)
        ],
        key=f"flips_{good.letter}_{good.run.run_id}_{bad.run.run_id}_{kind}",
        alt=f"{len(shown)} {kind} images: {what}",
        columns=_COLUMNS,
        captions=[f"{t} → {r}" for t, r in zip(true, read, strict=True)],
    )
    if len(positions) > _SHOWN:
        st.caption(f"The first {_SHOWN} are shown.")
    if picked is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        t, r = escape_markdown(true[picked]), escape_markdown(read[picked])
        st.markdown(f"{kind.title()} {item(names)} {shown[picked]}: a {t}; {bad.letter} reads {r}, {sure[picked]} sure")
        if kind == "test":
            query = {"run": bad.run.run_id, "digit": str(int(shown[picked]))}
            st.page_link("errors.py", label="Inspect it", icon=":material/search:", query_params=query)

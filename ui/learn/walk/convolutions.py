"""Learn: follow one digit through a CNN: a filter slid over it, feature maps, pooling, and what it reads in the end."""

import streamlit as st

from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES
from core.figures.probabilities import probability_bars
from core.models.shapes import KERNEL, filter_counts
from core.runs.records import Run
from ui.choices.run import offered_runs, run_titles
from ui.digits.convolutions import FILTER, MAPS, show_convolutions
from ui.learn.walk.image import choose_image
from ui.live.figure import show_figure
from ui.settings.url import settings_query
from ui.shell.resources import model, splits
from ui.shell.url import linked
from ui.shell.url_values import one_of

_RUN = "cnn"


def show_cnn_walk() -> None:
    """The choice of a digit and of a run with convolutions, and the way of the one through the other."""
    runs = _runs()
    if not runs:
        _offer_to_train()
        return
    left, right = st.columns(2)
    with left:
        label, position = choose_image()
    with right:
        titles = run_titles(runs.values())
        sentence = "There is no CNN to follow called “{value}”."
        keywords = linked(_RUN, one_of(*runs), next(iter(runs)), sentence)
        chosen = str(st.selectbox("Network", list(runs), format_func=titles.__getitem__, **keywords))
    _show_way(chosen, label, position)


def can_be_followed(run: Run) -> bool:
    """Whether a run is a CNN that reads ten digits and has weights to show."""
    return run.epochs_done > 0 and run.config.architecture == "cnn" and run.class_names == DIGIT_NAMES


def _runs() -> dict[str, Run]:
    chosen = st.query_params.get(_RUN) or st.session_state.get(_RUN, "")
    return {run.run_id: run for run in offered_runs(chosen, key="walk_cnn_finder") if can_be_followed(run)}


def _offer_to_train() -> None:
    st.info("There is no CNN among your runs yet; training one for two epochs is enough.", icon=":material/info:")
    st.page_link(
        "train.py",
        label="Set the sidebar for a CNN",
        icon=":material/arrow_forward:",
        query_params=settings_query(TrainConfig(architecture="cnn", epochs=2)),
    )


def _show_way(run_id: str, label: int, position: int) -> None:
    """From the pixels to the ten probabilities, in the order in which a CNN computes."""
    network, image = model(run_id), splits().train.images[position]
    first, second = filter_counts(network.config)
    name = f"training image {position:,}, labelled {label}"
    st.header("1. One filter, one place at a time", anchor=False)
    st.markdown(
        f"A hidden unit of the other network has a weight for each of the 784 pixels. A filter has {KERNEL**2}: it is "
        f"laid on {KERNEL} × {KERNEL} pixels, multiplies and adds as a unit does, then moves on by one pixel and does "
        "the same with the **same weights**. A stroke counts wherever it is. Drag it, or let it slide:"
    )
    show_convolutions(run_id, image, name, key="walk_filter", shows=(FILTER,))
    st.header("2. Feature maps and pooling", anchor=False)
    st.markdown(
        f"All places of one filter make a map of 24 × 24; the {first} filters make {first} maps. Pooling "
        "keeps the largest of each 2 × 2, so that a stroke may be a little off. The second convolution does the same "
        f"to the pooled maps: each of its {second} filters looks at all of them at once."
    )
    show_convolutions(run_id, image, name, key="walk_maps", shows=(MAPS,))
    st.header("3. What it reads", anchor=False)
    probabilities = network.probabilities(image[None])[0]
    read = int(probabilities.argmax())
    st.markdown(
        f"The {second} maps of 4 × 4 are {second * 16} numbers, which go through linear layers as the pixels "
        f"do in the other network. It reads **{read}**; the label is **{label}**."
    )
    show_figure(
        probability_bars(probabilities, DIGIT_NAMES, true_label=label),
        key="walk_cnn_probabilities",
        alt=f"Probability of each digit; the highest is {read}",
    )

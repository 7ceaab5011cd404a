"""Every dataset in a table, and one of them with its classes, its images and what can be done with it."""

import io
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.config import TrainConfig
from core.data.dataset import DatasetEntry, ImageDataset
from core.data.drawn import drawn_by
from core.data.importing.kaggle_writer import write_kaggle_csv
from core.data.overlap import OverlapReport, overlap
from core.data.purpose import Purpose
from core.errors import DataError, DigitLabError
from core.figures.balance import class_balance_bars
from core.figures.montage import digit_montage
from core.training.probes import probe_positions
from ui.choices.about import show_about
from ui.choices.dataset import balance_of_splits, existing_dataset, whole_splits
from ui.digits.gallery import show_montage
from ui.jobs.controls import train_from_another_page
from ui.live.figure import show_figure
from ui.results.choice import TESTED_ON
from ui.settings.corrected import check_corrected
from ui.settings.url import session_settings, set_setting
from ui.shell.page import show_error
from ui.shell.resources import catalogue
from ui.shell.rights import deletable, why_keep
from ui.shell.sentences import refuse_click
from ui.shell.terms import explained
from ui.shell.url import linked, write_param
from ui.shell.words import dataset_titles, escape_markdown, item, listed, megabytes

DATASET = "dataset"
"""In the URL."""
_CHOSEN = "datasets_chosen"
_TABLE = "datasets_table"
_MOST_SAMPLES = 60


def choose_dataset(entries: list[DatasetEntry]) -> DatasetEntry:
    """The table and a select box, which say the same dataset; it is in the URL."""
    by_name, titles = {entry.name: entry for entry in entries}, dataset_titles(entries)
    st.header("In the catalogue", anchor=False, divider="grey", help=explained("MNIST", "Label", "Test set"))
    # Read first: the table stands above the box that holds the choice.
    link = linked(_CHOSEN, existing_dataset, TrainConfig().dataset, "", param=DATASET, always=True)
    st.dataframe(
        pd.DataFrame([_row(entry, titles[entry.name]) for entry in entries]),
        key=_TABLE,
        hide_index=True,
        on_select=lambda: _take_row([entry.name for entry in entries]),
        selection_mode="single-row",
        column_config={
            "Images": st.column_config.NumberColumn(format="localized", help="For training and validation"),
            "Test images": st.column_config.NumberColumn(
                format="localized", help="In a separate test set; 0: the test set is split off from the images"
            ),
        },
        alt="All datasets with their numbers of images and classes, their size and where they come from",
    )
    name = st.selectbox(
        "Dataset",
        list(by_name),
        format_func=titles.__getitem__,
        width=320,
        **link,
    )
    return by_name[name]


def choose(name: str) -> None:
    """Show this dataset; call it before the page's widgets are made."""
    st.session_state[_CHOSEN] = name
    write_param(DATASET, name)


def show_details(entry: DatasetEntry) -> None:
    """Description, links, examples, balance, overlap, files."""
    st.header(escape_markdown(entry.title), anchor=False)
    st.markdown(escape_markdown(entry.description) or "No description.")
    names = escape_markdown(listed(entry.class_names, 20))
    st.caption(f"{len(entry.class_names)} classes: {names} · called `{entry.name}` in links")
    show_about(entry.name)
    with st.container(horizontal=True, vertical_alignment="center"):
        _show_uses(entry)
        if not entry.is_built_in:
            _show_delete(entry)
    try:
        _show_samples(entry)
        if entry.purpose is Purpose.TRAINING:
            _show_balance(entry)
            _show_overlap(entry)
        _show_files(entry)
    except DataError as error:
        show_error(error)


def _show_uses(entry: DatasetEntry) -> None:
    """What can be done with it: explored and trained on, or, if it is for testing only, tested on."""
    if entry.purpose is Purpose.TESTING:
        query = {TESTED_ON: entry.name}
        st.page_link("evaluate.py", label="Test a run on it", icon=":material/query_stats:", query_params=query)
        return
    st.page_link("explore.py", label="Explore it", icon=":material/grid_view:", query_params={DATASET: entry.name})
    if st.button(
        "Train on it",
        icon=":material/play_arrow:",
        help="Starts immediately, with your settings from Train.",
    ):
        _train_on(entry)


def _train_on(entry: DatasetEntry) -> None:
    """Start a run on these images with the session's settings, and go where it can be watched."""
    set_setting(DATASET, entry.name)
    check_corrected()
    train_from_another_page(session_settings())


def show_strip(images: ImageDataset, *, key: str) -> None:
    """The first images of every class, with the names of the classes."""
    names = images.class_names
    positions = probe_positions(images.labels, len(names))
    if len(names) > _MOST_SAMPLES // 2:
        positions = positions[np.unique(images.labels[positions], return_index=True)[1]]
    shown = images.subset(positions[:_MOST_SAMPLES])
    captions = [names[label] for label in shown.labels]
    figure = digit_montage(shown.images, [f"labelled {name}" for name in captions], columns=10, captions=captions)
    show_montage(figure, key=key, alt=f"{len(shown)} example {item(names)}s, labelled {listed(captions, 20)}")


def _show_samples(entry: DatasetEntry) -> None:
    is_for_testing = entry.purpose is Purpose.TESTING
    images = catalogue().load(entry.name).first_images if is_for_testing else whole_splits(entry.name).train
    show_strip(images, key="datasets_samples")


def _show_balance(entry: DatasetEntry) -> None:
    balance = balance_of_splits(entry.name)
    totals = dict(zip(balance.split_names, balance.counts.sum(axis=1).tolist(), strict=True))
    alt = "Bars: share of each class in training, validation and test"
    show_figure(class_balance_bars(balance), key="datasets_balance", alt=alt)
    words = ", ".join(f"{count:,} {name.lower()}" for name, count in totals.items())
    st.caption(f"Split by the default settings: {words}.")


def _show_overlap(entry: DatasetEntry) -> None:
    report = _overlap_of(entry.name)
    icon = ":material/check_circle:" if report.is_clean else ":material/warning:"
    st.markdown(f"{icon} {overlap_sentence(report)}")


def overlap_sentence(report: OverlapReport) -> str:
    """Whether a network is tested on what it has learned by heart."""
    again = f" Within training, {report.duplicates:,} images repeat an earlier one." if report.duplicates else ""
    if report.is_clean:
        return f"No image is in more than one split, compared pixel by pixel.{again}"
    parts = (
        (report.validation_in_train, "validation images are in training"),
        (report.test_in_train, "test images are in training"),
        (report.test_in_validation, "test images are in validation"),
    )
    found = ", ".join(f"**{count:,}** {words}" for count, words in parts if count)
    return f"Some images are in two splits: {found}. A network may have memorised them.{again}"


def _show_files(entry: DatasetEntry) -> None:
    """The images as Kaggle writes them, made when they are asked for."""
    word = "Test" if entry.purpose is Purpose.TESTING else "Training"
    with st.container(horizontal=True):
        st.download_button(
            f"{word} images as Kaggle’s CSV",
            lambda: _kaggle_csv(catalogue().load(entry.name).first_images, labels=True),
            file_name=f"{entry.name}-{'test' if word == 'Test' else 'train'}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            help=f"{entry.images or entry.test_images:,} rows of `label,pixel0…pixel783`; made when you click, which "
            "takes a moment.",
        )
        if entry.test_images:
            st.download_button(
                "Test images without labels",
                lambda: _kaggle_csv(catalogue().load(entry.name).test, labels=False),
                file_name=f"{entry.name}-test.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
                help=f"{entry.test_images:,} rows of `pixel0…pixel783`, as Kaggle provides them.",
            )


def _show_delete(entry: DatasetEntry) -> None:
    if why := why_keep(entry):
        st.button("Delete …", icon=":material/delete:", disabled=True, help=escape_markdown(why))
        return
    with st.popover("Delete …", icon=":material/delete:"):
        title = escape_markdown(entry.title)
        st.markdown(f"Delete **{title}** for good? Runs that were trained on it are kept, without its images.")
        st.button("Delete for good", type="primary", on_click=_delete, args=(entry.name,))


def _delete(name: str) -> None:
    try:
        deletable(name).delete(name)
    except DigitLabError as error:
        refuse_click(error)
    choose(TrainConfig().dataset)


def _kaggle_csv(images: ImageDataset | None, *, labels: bool) -> bytes:
    stream = io.BytesIO()
    if images is not None:
        write_kaggle_csv(images, stream, labels=labels)
    return stream.getvalue()


@st.cache_resource(show_spinner="Looking for duplicates …", max_entries=12)
def _overlap_of(name: str) -> OverlapReport:
    return overlap(whole_splits(name))


def _row(entry: DatasetEntry, title: str) -> dict[str, Any]:
    return {
        "Title": title,
        "Images": entry.images,
        "Test images": entry.test_images,
        "Classes": len(entry.class_names),
        "Size": megabytes((entry.images + entry.test_images) * 784),
        "For": "testing only" if entry.purpose is Purpose.TESTING else "training",
        "From": "Digit Lab" if entry.is_built_in else "drawn here" if drawn_by(entry.name) else "imported",
    }


def _take_row(names: list[str]) -> None:
    rows = st.session_state[_TABLE]["selection"]["rows"]
    if rows and rows[0] < len(names):
        choose(names[rows[0]])

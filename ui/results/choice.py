"""The choice of the dataset that a run is tested on: its own test set unless somebody asks for another."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.class_names import can_be_told_apart
from core.data.dataset import DatasetEntry
from core.errors import DataError
from core.runs.records import Run
from ui.choices.run import choose_run
from ui.shell.columns import side_by_side
from ui.shell.resources import catalogue, dataset_entry, dataset_title
from ui.shell.url import linked
from ui.shell.words import dataset_titles

OWN = "own"
"""Its own test set."""
TESTED_ON = "tested_on"
"""In the URL."""


def choose_run_to_test() -> tuple[Run, DeltaGenerator]:
    """The run, and a place beside it for the choice of what it is tested on."""
    left, right = side_by_side(1, 1, key="run_and_dataset")
    with left:
        return choose_run(), right


def choose_dataset(run: Run) -> str:
    """A select box that follows and writes ``?tested_on=``; the name of a dataset, or ``own``.

    Offers every dataset whose classes the run knows.
    """
    entries = [entry for entry in catalogue().entries() if _fits(run, entry)]
    titles = {OWN: f"Its own test set · {dataset_title(run.config.dataset)}"}
    titles |= {name: f"{title} · {_count(entries, name)}" for name, title in dataset_titles(entries).items()}

    def parse(name: str) -> str:
        if name in titles:
            return name
        entry = dataset_entry(name)
        raise DataError(f"{entry.title} cannot test this run: it has classes that the run does not know.")

    link = linked(TESTED_ON, parse, OWN, "")
    return str(st.selectbox("Tested on", list(titles), format_func=titles.__getitem__, **link))


def _fits(run: Run, entry: DatasetEntry) -> bool:
    return entry.name != run.config.dataset and can_be_told_apart(entry.class_names, run.class_names)


def _count(entries: list[DatasetEntry], name: str) -> str:
    entry = next(entry for entry in entries if entry.name == name)
    return f"{entry.test_images or entry.images:,} images"

"""The choice of the dataset that a run is tested on: its own test set unless somebody asks for another."""

import streamlit as st

from core.data.class_names import can_be_told_apart
from core.data.dataset import DatasetEntry
from core.errors import DataError
from core.runs.records import Run
from ui.shell.resources import catalogue, dataset_entry, dataset_title
from ui.shell.url import linked
from ui.shell.words import dataset_titles

OWN = "own"
"""Its own test set."""
TESTED_ON = "tested_on"
"""In the URL."""


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
    return str(st.selectbox("Tested on", list(titles), format_func=titles.__getitem__, width=420, **link))


def _fits(run: Run, entry: DatasetEntry) -> bool:
    return entry.name != run.config.dataset and can_be_told_apart(entry.class_names, run.class_names)


def _count(entries: list[DatasetEntry], name: str) -> str:
    entry = next(entry for entry in entries if entry.name == name)
    return f"{entry.test_images or entry.images:,} images"

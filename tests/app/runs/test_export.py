"""Export on Runs: a format is chosen, a file is made when it is asked for, and a look at test results counts."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import ImageDataset, SourceDataset
from core.data.drawn import EVERYBODY, drawn_name, mark_of
from core.exports import data_file
from core.exports.formats import FORMATS
from core.runs import model_file
from core.runs.records import Run
from core.runs.status import RunStatus
from core.runs.store import RunStore
from tests.app.conftest import OpenPage
from ui.runs import export
from ui.runs.export import made


def export_of(run_id: str) -> AppTest:
    """The part of the page for one run, opened."""

    def script(run_id: str) -> None:
        from ui.runs.export import show_export
        from ui.shell.resources import run_store

        show_export(run_store().summary(run_id))

    page = AppTest.from_function(script, args=(run_id,), default_timeout=60)
    page.session_state[f"export_{run_id}"] = True
    return page.run()


def test_every_format_is_offered_and_made(trained_run: Run, store: RunStore) -> None:
    page = export_of(trained_run.run_id)
    assert not page.exception
    assert list(page.selectbox[0].options) == [entry.title for entry in FORMATS.values()]
    assert f"python -m core export --run {trained_run.run_id} --format safetensors" in page.caption[-1].value
    assert b"Digit Lab" in made(trained_run.run_id, FORMATS["onnx"], EVERYBODY)[:40]
    with zipfile.ZipFile(io.BytesIO(made(trained_run.run_id, FORMATS["script"], EVERYBODY))) as archive:
        assert archive.namelist() == [f"{trained_run.run_id}.py", f"{trained_run.run_id}.safetensors"]


def test_it_says_whether_the_images_are_included_or_where_they_are(
    trained_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = export_of(trained_run.run_id)
    about = page.selectbox[0].set_value("onnx").run().caption[0].value
    assert "images" not in about
    for name in ("script", "notebook", "all"):
        about = page.selectbox[0].set_value(name).run().caption[0].value
        assert "not included: the program reads MNIST’s four IDX files, in data/mnist of Digit Lab." in about
    catalogue = Catalogue(tmp_path, mark_of("a" * 32))
    monkeypatch.setattr(export, "catalogue", lambda: catalogue)
    images = ImageDataset("few", np.eye(28, dtype=np.uint8)[None].repeat(20, 0), np.arange(20) % 2, ("a", "b"))
    few = catalogue.add(SourceDataset(images), "Few", "").name
    drawn = catalogue.keep(replace(catalogue.entry(few), name=drawn_name(mark_of("a" * 32), "")), SourceDataset(images))

    def about_images(dataset: str) -> str:
        return export._about_images(replace(trained_run, config=TrainConfig(dataset=dataset)))

    assert about_images(few) == "The images of the run are included."
    assert about_images(drawn.name) == "The images of the run are included, drawings among them."
    monkeypatch.setattr(data_file, "MOST_IMAGES", 19)
    assert about_images(few).endswith(f"reads {few}.safetensors, in the folder datasets of DIGITLAB_HOME.")
    catalogue = Catalogue(tmp_path, mark_of("b" * 32))
    assert about_images(drawn.name).endswith(f"{trained_run.run_id}-images.safetensors, {data_file.NOT_YOURS}.")


def test_a_run_without_weights_has_none(store: RunStore) -> None:
    run = store.create(TrainConfig(seed=811))
    store.record_status(run.run_id, RunStatus.FAILED, "It failed.")
    page = export_of(run.run_id)
    assert not page.selectbox
    store.delete(run.run_id)


def test_what_shows_test_results_counts_once_in_a_session(trained_run: Run, store: RunStore) -> None:
    def script(run_id: str) -> None:
        from core.exports.formats import FORMATS
        from ui.runs.export import _count

        for name in ("onnx", "report", "all"):
            _count(run_id, FORMATS[name])

    before = store.summary(trained_run.run_id).test_looks
    AppTest.from_function(script, args=(trained_run.run_id,)).run().run()
    assert store.summary(trained_run.run_id).test_looks == before + 1


def test_it_is_on_the_page_of_the_chosen_run(open_page: OpenPage, trained_run: Run) -> None:
    page = open_page("runs")
    assert "Export" not in [expander.label for expander in page.expander]
    row = list(page.dataframe[0].value["Name"]).index(trained_run.name)
    page.session_state["runs_table"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    page.run()
    assert "Export" in [expander.label for expander in page.expander]


def test_what_cannot_be_compared_with_its_images_is_said_before_the_download(
    trained_run: Run, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model file that was imported when its dataset was not here, and that counts its classes otherwise."""
    network = store.model(trained_run.run_id)
    backwards = replace(network, class_names=network.class_names[::-1])
    monkeypatch.setattr(model_file, "in_order_of_dataset", lambda found, *_: found)
    page = export_of(model_file.import_model(store, model_file.write_model(backwards), "Early").run_id)
    assert not page.error
    page.selectbox[0].set_value("report").run()
    assert "export its model file and import that" in page.error[0].value

"""Draw: what every run with the same classes reads, each as its own network says; those that cannot be asked, named."""

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.runs.records import DEMO_RUN_ID, Run, RunEnvironment
from core.runs.schema import RUNS
from core.runs.status import RunOrigin
from core.runs.store import RunStore
from tests.app.conftest import train_small
from ui.choices.run import run_title
from ui.shell.resources import model, splits

DIGIT = 8


@pytest.fixture
def kinds(store: RunStore) -> Iterator[list[Run]]:
    """A linear network, a CNN, one of NumPy, an imported one: all that can be read by the same classes."""
    small = {"epochs": 1, "training_size": 200, "hidden_size": 4}
    made = [
        train_small(store, TrainConfig(**small, hidden_layers=0)),
        train_small(store, TrainConfig(**small, architecture="cnn")),
        train_small(store, TrainConfig(**small, backend="numpy")),
    ]
    brought_in = replace(made[0], run_id="brought-in", origin=RunOrigin.IMPORTED, epochs=(), early=())
    store.insert(brought_in)
    checkpoint = store.files.load_checkpoint(made[0].run_id)
    store.files.save_checkpoint(brought_in, checkpoint)
    made.append(store.get("brought-in"))
    yield made
    for run in made:
        store.delete(run.run_id)


def table(page: AppTest) -> dict[str, dict[str, object]]:
    (found,) = [frame.value for frame in page.dataframe if "Calibrated" in frame.value.columns]
    return {row["Run"]: row for row in found.to_dict("records")}


def texts(page: AppTest) -> str:
    return "\n".join(element.value for element in (*page.markdown, *page.caption))


@pytest.mark.slow
def test_each_run_says_what_its_own_network_says(
    open_page, store: RunStore, kinds: list[Run], run_on_shapes: Run
) -> None:
    lost = replace(kinds[0], run_id="lost-weights", name="lost")
    store.insert(lost)
    page = open_page("draw", source="test", digit=str(DIGIT), run=DEMO_RUN_ID, every_run="true")
    rows, image = table(page), splits().test.images[DIGIT : DIGIT + 1]
    for run in (*kinds, store.get(DEMO_RUN_ID)):
        own = model(run.run_id).probabilities(image)[0]
        title = next(said for said in rows if said.startswith(run_title(run)))
        assert rows[title]["Reads"] == str(own.argmax())
        assert np.allclose(rows[title]["Probabilities"], own)
    assert rows[run_title(store.get(DEMO_RUN_ID))]["Calibrated"] == "yes"
    assert rows[run_title(kinds[1])]["Calibrated"] == "no", "nobody waits for a judge"
    assert rows[run_title(lost)]["Reads"] == "–"
    assert "“lost-weights” has no weights" in texts(page)
    assert not any("ring" in str(row["Reads"]) or run_on_shapes.name in title for title, row in rows.items())
    store.delete(lost.run_id)


def test_a_network_with_other_classes_is_beside_its_own_kind(open_page, run_on_shapes: Run) -> None:
    page = open_page("draw", source="test", digit="0", run=run_on_shapes.run_id, every_run="true")
    assert list(table(page)) == [run_title(run_on_shapes)]
    assert "The only run here reads" in texts(page)


def test_a_damaged_run_gets_its_sentence_and_nothing_is_read_without_ink(open_page, store: RunStore) -> None:
    damaged = store.create(TrainConfig(), "damaged-run")
    with store.database.begin() as connection:
        connection.execute(update(RUNS).where(RUNS.c.run_id == damaged.run_id).values(config="{", status="failed"))
    page = open_page("draw", run=DEMO_RUN_ID, every_run="true")
    assert "Run “damaged-run” cannot be read" in texts(page)
    assert "There is nothing to read yet." in texts(page)
    with store.database.begin() as connection:
        values = {
            "config": TrainConfig().to_json(),
            "environment": json.dumps({"class_names": list(RunEnvironment().class_names)}),
        }
        connection.execute(update(RUNS).where(RUNS.c.run_id == damaged.run_id).values(values))
    store.delete(damaged.run_id)


def test_no_network_is_asked_before_the_box_is_open_and_nonsense_is_named(open_page) -> None:
    page = open_page("draw", source="test", digit=str(DIGIT), run=DEMO_RUN_ID, every_run="perhaps")
    assert "perhaps" in page.warning[0].value
    assert not any("Calibrated" in frame.value.columns for frame in page.dataframe)

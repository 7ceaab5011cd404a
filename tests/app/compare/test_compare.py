"""Compare: what differs, curves, two runs image by image, and what cannot be compared."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.reflection import Reflection
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from tests.app.conftest import OpenPage, discard, live_data
from ui.jobs.seeds import SEEDS


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption, *page.info])


@pytest.fixture
def twin(store: RunStore, trained_run: Run) -> Iterator[Run]:
    """The trained run under another seed: with its weights, and an accuracy of its own."""
    run = replace(trained_run, run_id="twin-000001", name=trained_run.name, config=trained_run.config.replace(seed=4))
    epochs = tuple(replace(epoch, val_accuracy=epoch.val_accuracy - 0.01) for epoch in run.epochs)
    folder = store.files.folder(run.run_id)
    folder.mkdir(parents=True, exist_ok=True)
    for path in store.files.folder(trained_run.run_id).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    store.insert(replace(run, epochs=epochs, val_accuracy=epochs[-1].val_accuracy, test_looks=0))
    yield run
    store.delete(run.run_id)


def test_says_what_to_do_until_there_are_two(open_page: OpenPage) -> None:
    page = open_page("compare")
    assert "Choose at least two runs" in words(page)
    assert not page.metric
    page.multiselect(key="compared_runs").set_value([DEMO_RUN_ID]).run()
    assert page.query_params["runs"] == DEMO_RUN_ID
    assert "Choose another run" in words(page)
    assert [button.label for button in page.button if button.label.startswith("Compare")] == ["Compare with the latest"]


@pytest.mark.usefixtures("trained_run")
def test_one_button_compares_the_latest_two(open_page: OpenPage, store: RunStore) -> None:
    latest = [run.name for run in store.runs()][:2]
    page = open_page("compare")
    next(button for button in page.button if button.label == "Compare the latest two").click().run()
    assert not page.exception
    assert len(page.session_state["compared_runs"]) == 2
    assert page.dataframe[0].value.columns.tolist()[1:] == latest


def test_only_what_differs_is_shown_first(open_page: OpenPage, trained_run: Run) -> None:
    page = open_page("compare", runs=f"{DEMO_RUN_ID},{trained_run.run_id}")
    table = page.dataframe[0].value.set_index("")
    assert table.columns.tolist() == ["demo", trained_run.name]
    assert table.loc["Hidden size"].tolist() == ["128", "16"]
    assert "Learning rate" in table.index or trained_run.config.learning_rate == 0.001
    assert "Activation" not in table.index
    assert len(page.dataframe) == 1


def test_notes_and_reflections_are_side_by_side(open_page: OpenPage, store: RunStore, trained_run: Run) -> None:
    address = f"{DEMO_RUN_ID},{trained_run.run_id}"
    assert not [heading for heading in open_page("compare", runs=address).subheader if "reflections" in heading.value]
    store.remark(trained_run.run_id, notes="# Wide", reflection=Reflection("95%", "1. Slow.\n*Very.*").text)
    try:
        page = open_page("compare", runs=address)
        assert "Notes and reflections" in [heading.value for heading in page.subheader]
        said = words(page)
        assert "**Notes**  \n\\# Wide" in said
        assert "**What I expected**  \n95%" in said
        assert "**What happened**  \n" in said
        assert "**What I would change**" not in said
        assert "*Very.*" not in said  # escaped
    finally:
        store.remark(trained_run.run_id, notes="", reflection="")


def test_bad_ids_are_named_and_the_others_compared(open_page: OpenPage, trained_run: Run) -> None:
    page = open_page("compare", runs=f"nope,{trained_run.run_id},../x,{DEMO_RUN_ID},{DEMO_RUN_ID}")
    (warning,) = page.warning
    assert "There is no run “nope”" in warning.value
    assert "../x" in warning.value
    assert page.multiselect(key="compared_runs").value == [trained_run.run_id, DEMO_RUN_ID]
    assert page.query_params["runs"] == f"{trained_run.run_id},{DEMO_RUN_ID}"


def test_two_runs_image_by_image(open_page: OpenPage, store: RunStore, trained_run: Run) -> None:
    looks = [store.summary(run_id).test_looks for run_id in (DEMO_RUN_ID, trained_run.run_id)]
    page = open_page("compare", runs=f"{DEMO_RUN_ID},{trained_run.run_id}")
    metrics = {metric.label: metric.value for metric in page.metric}
    assert metrics["Validation accuracy of A"] == f"{store.summary(DEMO_RUN_ID).val_accuracy:.2%}"
    assert metrics["Validation accuracy of B"] == f"{trained_run.val_accuracy:.2%}"
    assert "**A is better** on these images" in words(page)
    assert [store.summary(run_id).test_looks for run_id in (DEMO_RUN_ID, trained_run.run_id)] == looks
    page.segmented_control(key="compared_on").set_value("test").run()
    page.run()
    assert not page.exception
    assert {metric.label for metric in page.metric} >= {"Test accuracy of A", "Test accuracy of B"}
    assert [store.summary(run_id).test_looks for run_id in (DEMO_RUN_ID, trained_run.run_id)] == [n + 1 for n in looks]


def test_the_gallery_shows_the_images_that_flip(open_page: OpenPage, trained_run: Run) -> None:
    page = open_page("compare", runs=f"{DEMO_RUN_ID},{trained_run.run_id}", a=trained_run.run_id, b=DEMO_RUN_ID)
    only_a = {metric.label: metric.value for metric in page.metric}["Only A correct"]
    assert f"**A correct, B incorrect: {only_a}**" in words(page)
    shown = live_data(page, f"flips_A_{trained_run.run_id}_{DEMO_RUN_ID}_validation")
    texts = [trace.get("hovertext") or trace.get("text") for trace in json.loads(shown["figure"])["data"]]
    assert "A reads" in str(texts)


def test_a_run_that_is_no_longer_compared_leaves_two_different_ones(
    open_page: OpenPage, trained_run: Run, twin: Run
) -> None:
    page = open_page("compare", runs=f"{DEMO_RUN_ID},{trained_run.run_id}")
    page.multiselect(key="compared_runs").set_value([trained_run.run_id, twin.run_id]).run()
    assert [page.selectbox(key=letter).value for letter in "ab"] == [trained_run.run_id, twin.run_id]
    assert "**Neither is better**" in words(page)
    page.selectbox(key="b").set_value(trained_run.run_id).run()
    assert "A and B are the same run: choose another one." in words(page)
    again = open_page("compare", runs=page.query_params["runs"], b=page.query_params["b"])
    assert [again.selectbox(key=letter).value for letter in "ab"] == [trained_run.run_id, trained_run.run_id]
    again = open_page("compare", runs=page.query_params["runs"], a=twin.run_id)
    assert [again.selectbox(key=letter).value for letter in "ab"] == [twin.run_id, trained_run.run_id]


def test_a_bad_value_gets_one_sentence(open_page: OpenPage, trained_run: Run) -> None:
    both = f"{DEMO_RUN_ID},{trained_run.run_id}"
    page = open_page("compare", runs=both, compared_on="training", a="nope")
    assert [warning.value for warning in page.warning] == [
        "“nope” is not among the runs that are compared.",
        "Runs are compared on validation, test, not on “training”.",
    ]
    control = page.segmented_control(key="compared_on")
    assert (control.value, list(control.options)) == ("validation", ["Validation images", "Test images"])


def test_seeds_are_folded(open_page: OpenPage, trained_run: Run, twin: Run) -> None:
    page = open_page("compare", runs=f"{trained_run.run_id},{twin.run_id}", fold="true")
    assert "**2 seeds** of the settings of" in words(page)
    assert "± " in words(page)
    names = [trace.get("name", "") for trace in json.loads(live_data(page, "compare_curves")["figure"])["data"]]
    assert sum("mean of 2 seeds" in name for name in names) == 1
    # Both have one name: the id tells them apart.
    assert len(set(page.dataframe[0].value.columns)) == 3
    assert "**Neither is better**" in words(page)


def test_a_seed_that_was_stopped_does_not_count(
    open_page: OpenPage, store: RunStore, trained_run: Run, twin: Run
) -> None:
    config = twin.config.replace(seed=99)
    stopped = replace(twin, run_id="stopped-000001", config=config, status=RunStatus.STOPPED, val_accuracy=0.1)
    store.insert(stopped)
    page = open_page("compare", runs=f"{trained_run.run_id},{twin.run_id},{stopped.run_id}")
    assert "**2 seeds** of the settings of" in words(page)
    assert "Left out: 1 not completed." in words(page)
    store.delete(stopped.run_id)


@pytest.mark.slow
def test_other_images_are_said_not_compared(
    open_page: OpenPage, store: RunStore, trained_run: Run, run_on_shapes: Run
) -> None:
    both = (trained_run.run_id, run_on_shapes.run_id)
    looks = [store.summary(run_id).test_looks for run_id in both]
    page = open_page("compare", runs=",".join(both), compared_on="test")
    assert "learned from different datasets" in words(page)
    assert "A and B cannot be compared image by image: A learned from MNIST and B from Shapes." in words(page)
    assert not page.metric
    assert [store.summary(run_id).test_looks for run_id in both] == looks, "nobody has seen a result"


@pytest.fixture
def imported_and_queued(store: RunStore, trained_run: Run) -> Iterator[tuple[Run, Run]]:
    imported = replace(
        trained_run, run_id="brought-000001", epochs=(), early=(), val_accuracy=None, origin=RunOrigin.IMPORTED
    )
    store.insert(imported)
    queued = store.create(TrainConfig(seed=804))
    yield imported, queued
    store.record_status(queued.run_id, RunStatus.FAILED)
    for run in (imported, queued):
        store.delete(run.run_id)


def test_imported_and_waiting_runs_have_their_sentence(open_page: OpenPage, imported_and_queued) -> None:
    imported, queued = imported_and_queued
    page = open_page("compare", runs=f"{imported.run_id},{queued.run_id}")
    assert "has no curve: an imported model" in words(page)
    assert "is queued: it is compared image by image when it has ended." in words(page)


@pytest.mark.slow
def test_five_seeds_are_queued_once(open_page: OpenPage, store: RunStore) -> None:
    before = {run.run_id for run in store.runs()}
    config = TrainConfig(hidden_size=4, hidden_layers=1, epochs=1, training_size=100, seed=2**31 - 2)
    first = replace(store.get(DEMO_RUN_ID), run_id="seed-000001", name="seed", config=config, origin=RunOrigin.TRAINED)
    store.insert(first)
    page = open_page("compare", runs=first.run_id)
    next(button for button in page.button if button.label == "Train with five seeds").click().run()
    assert not page.exception
    queued = [run for run in store.runs() if run.run_id not in {*before, first.run_id}]
    assert sorted(run.config.seed for run in queued) == [0, 1, 2, 2**31 - 1]
    assert {run.config.replace(seed=0) for run in queued} == {config.replace(seed=0)}
    chosen = page.multiselect(key="compared_runs").value
    assert chosen[0] == first.run_id
    assert set(chosen) == {first.run_id, *(run.run_id for run in queued)}
    assert len(chosen) == SEEDS
    for run in queued:
        discard(store, run.run_id)
    store.delete(first.run_id)

"""Evaluate: numbers against scikit-learn, the chosen cell, every kind of run, nonsense in the URL."""

import re
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from core.analysis.baselines import BaselineResult
from core.analysis.predictions import Predictions
from core.reading.judging import judge_of
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.schema import RUNS
from core.runs.status import RunStatus
from core.runs.store import RunStore
from ui.shell import background
from ui.shell.resources import model, settings, splits


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption])


def metric(page: AppTest, label: str) -> str:
    return next(found.value for found in page.metric if found.label == label)


@pytest.fixture
def demo(store: RunStore) -> Predictions:
    return store.predictions(DEMO_RUN_ID, splits().test)


@pytest.fixture
def run_of_status(store: RunStore, trained_run: Run) -> Iterator:
    """The trained run once more, as if it were in another state."""
    made: list[str] = []

    def make(status: RunStatus) -> Run:
        run = replace(trained_run, run_id=f"{trained_run.run_id}-{status}", status=status, test_accuracy=None)
        store.insert(run)
        # The engine calls a run interrupted that nobody has.
        with store.database.begin() as connection:
            owned = update(RUNS).where(RUNS.c.run_id == run.run_id).values(server_id=store.lease().server_id)
            connection.execute(owned)
        made.append(run.run_id)
        return run

    yield make
    for run_id in made:
        store.record_status(run_id, RunStatus.FAILED)
        store.delete(run_id)


def test_demo_from_cold(open_page, demo: Predictions) -> None:
    page = open_page("evaluate", run=DEMO_RUN_ID)
    right = metrics.accuracy_score(demo.labels, demo.predicted)
    assert metric(page, "Test accuracy") == f"{right:.2%}"
    top2 = metrics.top_k_accuracy_score(demo.labels, demo.probabilities, k=2, labels=range(10))
    assert metric(page, "Test top-2 accuracy") == f"{top2:.2%}"
    table = page.dataframe[0].value
    theirs = metrics.precision_recall_fscore_support(demo.labels, demo.predicted)
    for name, values in zip(("Precision", "Recall", "F1"), theirs, strict=False):
        np.testing.assert_allclose(table[name][:10] / 100, values)
    assert table["Support"][:10].tolist() == theirs[3].tolist()
    temperature = judge_of(model(DEMO_RUN_ID), settings().home).temperature
    assert temperature is not None
    assert f"by a temperature of {temperature.value:.2f}, fitted on the validation images" in words(page)
    assert "refuses 100.00% of 200 images of noise, 100.00% of 200 images of scrambled pixels, 8" in words(page)


def test_opens_on_the_most_confused_pair(open_page, demo: Predictions) -> None:
    page = open_page("evaluate", run=DEMO_RUN_ID)
    matrix = metrics.confusion_matrix(demo.labels, demo.predicted)
    np.fill_diagonal(matrix, 0)
    row, column = np.unravel_index(matrix.argmax(), matrix.shape)
    assert f"**{matrix[row, column]} digits: true {row}, read as {column}**" in words(page)


def test_select_boxes_choose_the_cell(open_page, demo: Predictions) -> None:
    page = open_page("evaluate", run=DEMO_RUN_ID)
    page.selectbox(key="true_label").select("3")
    page.selectbox(key="predicted_label").select("3").run()
    count = int(((demo.labels == 3) & (demo.predicted == 3)).sum())
    assert f"**{count:,} digits: true 3, read as 3**" in words(page)
    page.selectbox(key="true_label").select("0")
    page.selectbox(key="predicted_label").select("1").run()
    assert "0 digits: true 0, read as 1" in words(page)
    assert "This cell is empty" in words(page)


def test_deep_link_names_cell_and_run(open_page, trained_run: Run) -> None:
    page = open_page("evaluate", run=trained_run.run_id, true_label="0", predicted_label="6", refused="20")
    assert "true 0, read as 6" in words(page)
    assert page.selectbox(key="run").value == trained_run.run_id
    assert page.slider(key="refused").value == 20


def test_runs_of_one_title_can_be_told_apart(open_page, store: RunStore, trained_run: Run) -> None:
    twin = replace(trained_run, run_id="brave-otter-0abc12")
    store.insert(twin)
    try:
        page = open_page("evaluate", run=twin.run_id)
        labels = page.selectbox(key="run").options
        assert len(set(labels)) == len(labels)
        assert labels[page.selectbox(key="run").index].endswith("(0abc12)")
        assert any(label.endswith(f"({trained_run.run_id[-6:]})") for label in labels)
    finally:
        store.delete(twin.run_id)


@pytest.mark.slow
def test_a_look_counts_once_for_each_session(open_page, store: RunStore, trained_run: Run) -> None:
    before = store.get(trained_run.run_id).test_looks
    page = open_page("evaluate", run=trained_run.run_id)
    page.run()
    page.selectbox(key="true_label").select("5").run()
    assert store.get(trained_run.run_id).test_looks == before + 1
    open_page("errors", run=trained_run.run_id)
    page = open_page("evaluate", run=trained_run.run_id)
    assert store.get(trained_run.run_id).test_looks == before + 3
    assert f"looked at {before + 3} times" in words(page)


@pytest.mark.parametrize("name", ["evaluate", "errors"])
def test_a_run_that_is_going_has_no_test_results_yet(open_page, store: RunStore, run_of_status, name: str) -> None:
    run = run_of_status(RunStatus.RUNNING)
    page = open_page(name, run=run.run_id)
    assert "This run is running" in page.info[0].value
    assert not [found for found in page.metric if found.label.startswith("Test")]
    assert store.get(run.run_id).test_looks == run.test_looks
    next(button for button in page.button if button.label == "Show the demo run").click().run()
    assert not page.exception
    assert page.selectbox(key="run").value == DEMO_RUN_ID
    assert len(page.metric) > 3


@pytest.mark.parametrize("status", [RunStatus.STOPPED, RunStatus.INTERRUPTED, RunStatus.FAILED])
def test_a_run_without_weights_says_so_and_shows_its_curves(open_page, run_of_status, status: RunStatus) -> None:
    page = open_page("evaluate", run=run_of_status(status).run_id)
    assert len(page.error) == 1
    assert "How it learned" in [header.value for header in page.header]


def test_a_run_that_was_stopped_shows_its_last_weights(open_page, store: RunStore, trained_run: Run) -> None:
    store.record_status(trained_run.run_id, RunStatus.STOPPED)
    page = open_page("evaluate", run=trained_run.run_id)
    assert "This run was stopped" in words(page)
    assert re.fullmatch(r"\d+\.\d\d%", metric(page, "Test accuracy"))
    store.record_status(trained_run.run_id, RunStatus.COMPLETED)


def test_nonsense_in_the_url_gets_sentences(open_page) -> None:
    page = open_page("evaluate", run="../x", true_label="x", predicted_label="11", cells="all", refused="99")
    said = " ".join(warning.value for warning in page.warning)
    assert len(page.warning) == 5
    for given in ("../x", "“x”", "“11”", "“all”", "“99”"):
        assert given in said
    assert metric(page, "Test accuracy").endswith("%")


def test_a_page_of_the_cell_that_is_not_there(open_page, demo: Predictions) -> None:
    page = open_page("evaluate", run=DEMO_RUN_ID, cell_page="44")
    assert [warning.value for warning in page.warning] == ["There is no page “44”: there is only one."]
    assert "cell_page" not in page.query_params
    pages = -(-int(((demo.labels == 3) & (demo.predicted == 3)).sum()) // 40)
    page = open_page("evaluate", run=DEMO_RUN_ID, true_label="3", predicted_label="3", cell_page="99")
    assert f"from 1 to {pages}." in page.warning[0].value


def test_a_page_of_the_cell_by_link_and_back_to_the_first_in_another(open_page) -> None:
    page = open_page("evaluate", run=DEMO_RUN_ID, true_label="3", predicted_label="3", cell_page="2")
    assert not page.warning
    assert page.session_state["cell_page"] == 2
    page.selectbox(key="predicted_label").select("5").run()
    assert not page.exception
    assert not page.warning
    assert page.session_state["cell_page"] == 1
    assert "cell_page" not in page.query_params


def _classes_of_a_perfect_run() -> None:
    import numpy as np

    from core.analysis.predictions import Predictions
    from ui.evaluate.quality import show_classes

    labels = np.array([0, 0, 2, 2])
    show_classes(Predictions("perfect", np.eye(3, dtype=np.float32)[labels], labels, ("a", "b", "c")))


def test_a_class_that_does_not_occur_has_a_dash_and_does_not_count_in_the_mean() -> None:
    page = AppTest.from_function(_classes_of_a_perfect_run, default_timeout=60).run()
    assert not page.exception
    table = page.dataframe[0]
    for name in ("Precision", "Recall", "F1"):
        np.testing.assert_array_equal(table.value[name], [100, np.nan, 100, 100])
    assert table.value["Support"][:3].tolist() == [2, 0, 2]
    assert table.proto.placeholder == "–"


def test_tables_show_no_none_and_no_sum_among_means(open_page) -> None:
    page = open_page("evaluate", run=DEMO_RUN_ID)
    quality, methods = page.dataframe[0], next(t for t in page.dataframe if "Method" in t.value.columns)
    assert quality.value["Label"].iloc[-1] == "Mean"
    assert pd.isna(quality.value["Support"].iloc[-1])
    assert quality.proto.HasField("placeholder")
    assert '"format": "localized"' in quality.proto.columns.replace('":"', '": "')
    assert methods.proto.placeholder == "–"


@pytest.fixture
def workers(monkeypatch) -> list[tuple[Future, tuple]]:
    """Every analysis that is asked for, with its arguments, to be answered by the test."""
    asked: list[tuple[Future, tuple]] = []

    class Worker:
        def analyse(self, _function, *arguments) -> Future:
            asked.append((Future(), arguments))
            return asked[-1][0]

    monkeypatch.setattr(background, "engine", Worker)
    return asked


def baselines_table(page: AppTest):
    return next(table.value for table in page.dataframe if "Method" in table.value.columns).set_index("Method")


def accuracies_of_others(page: AppTest) -> pd.Series:
    """In percent, of the methods that are no network."""
    accuracies = baselines_table(page)["Validation accuracy"]
    return accuracies[~accuracies.index.str.startswith("This network")]


def test_other_methods_are_kept_for_their_images_and_no_others(open_page, store: RunStore, trained_run: Run, workers):
    """Imported models say nothing about their images; then only the settings tell them apart."""
    unknown = replace(trained_run.environment, data_digest="")
    config = trained_run.config.replace(validation_size=700)
    twin = replace(trained_run, run_id="calm-heron-00aa11", environment=unknown)
    other = replace(twin, run_id="calm-heron-00aa12", config=config)
    store.insert(twin)
    store.insert(other)
    try:
        page = open_page("evaluate", run=twin.run_id)
        next(b for b in page.button if b.label == "Run the other methods").click().run()
        assert len(workers) == 4
        for future, (name, asked, _published) in workers:
            assert asked == trained_run.config.data_only()
            future.set_result(BaselineResult(name, 2_000, 5_000, 1.0, 1.0, 0.875))
        page.run()
        assert (accuracies_of_others(page) == 87.5).all()
        assert baselines_table(page)["Validation accuracy"].is_monotonic_decreasing
        background._kept.clear()
        assert (accuracies_of_others(open_page("evaluate", run=trained_run.run_id)) == 87.5).all()
        assert accuracies_of_others(open_page("evaluate", run=other.run_id)).isna().all()
    finally:
        store.delete(twin.run_id)
        store.delete(other.run_id)


def test_a_network_learns_from_as_few_images_as_the_methods_do(open_page, store: RunStore, trained_run: Run, workers):
    """What had 55,000 images is not compared with what could take 5,000 alone."""
    config = trained_run.config.replace(validation_size=600)
    environment = replace(trained_run.environment, train_images=55_000)
    large = replace(trained_run, run_id="calm-heron-00aa14", config=config, environment=environment, seconds=30.0)
    store.insert(large)
    try:
        page = open_page("evaluate", run=large.run_id)
        next(b for b in page.button if b.label == "Run the other methods").click().run()
        networks = {asked[0]: (future, asked) for future, asked in workers if isinstance(asked[0], int)}
        assert sorted(networks) == [5_000, 20_000]
        assert len(workers) == 6
        for size, (future, (_size, asked, _published)) in networks.items():
            assert asked == config
            future.set_result(BaselineResult(f"network-{size}", size, 600, 1.0, 1.0, 0.9 + size / 1e6))
        page.run()
        shown = accuracies_of_others(page)
        assert shown["This run’s settings, 5,000 images"] == pytest.approx(90.5)
        assert shown["This run’s settings, 20,000 images"] == pytest.approx(92)
        assert baselines_table(page)["Training images"]["This run’s settings, 5,000 images"] == 5_000
    finally:
        store.delete(large.run_id)


def test_no_method_is_offered_where_the_images_are_gone(open_page, store: RunStore, trained_run: Run) -> None:
    lost = replace(trained_run, run_id="calm-heron-00aa13", config=trained_run.config.replace(dataset="gone-01234567"))
    store.insert(lost)
    try:
        page = open_page("evaluate", run=lost.run_id)
        assert "Run the other methods" not in [button.label for button in page.button]
        assert "no other method can be trained on them" in words(page)
    finally:
        store.delete(lost.run_id)

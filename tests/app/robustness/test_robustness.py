"""Robustness: what is measured, in a worker that answers at once or never; what the URL may say; a sturdier run."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.analysis.intervals import widest_reach
from core.config import TrainConfig
from core.corruptions.attacks import ATTACKS
from core.corruptions.changes import CHANGES
from core.corruptions.combination import Combination
from core.corruptions.measuring import measure, together_names
from core.corruptions.mnist_c import CORRUPTIONS
from core.corruptions.sturdier import REMEDIES
from core.data.catalogue import Catalogue
from core.data.dataset import ImageDataset, SourceDataset
from core.data.mnist import load_mnist
from core.explain.sample import fixed_sample
from core.runs.records import Run
from core.runs.status import RunOrigin
from core.runs.store import RunStore
from tests.app.conftest import discard, live_data, train_small
from ui.digits.state import CanvasState, DrawnDigit
from ui.robustness import examples, subjects
from ui.robustness.state import RobustnessState
from ui.shell import series
from ui.shell.resources import images_to_test, model
from ui.shell.url_table import PARAMETERS

CHANGED = "robustness_curves"
IMAGES = 60


class Worker:
    """Stands for the engine: calls what it is given at once, or never answers."""

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.asked: list[Any] = []

    def analyse(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        self.asked.append(arguments[-1].name)
        if self.answers:
            future.set_result(function(*arguments))
        return future


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    found = Worker()
    monkeypatch.setattr(series, "engine", lambda: found)
    monkeypatch.setattr(subjects, "SAMPLE", IMAGES)
    series._kept.clear()
    yield found
    series._kept.clear()


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption])


def click(page: AppTest, label: str) -> None:
    next(button for button in page.button if button.label == label).click()
    page.run()
    assert not page.exception, page.exception


def curves(page: AppTest, key: str) -> list[dict[str, Any]]:
    drawn: list[dict[str, Any]] = json.loads(live_data(page, key)["figure"])["data"]
    return drawn


def at_each_strength(name: str, drawn: DrawnDigit) -> Iterator[np.ndarray]:
    change = CHANGES[name]
    return (change.apply(drawn.image[None], strength) for strength in change.strengths)


def test_the_url_knows_every_change_and_attack() -> None:
    assert PARAMETERS["change"].words == {name: change.title for name, change in CHANGES.items()}
    assert dict(sorted(PARAMETERS["attack"].words.items())) == {name: attack.title for name, attack in ATTACKS.items()}


@pytest.mark.slow
def test_numbers_are_those_of_core_and_are_kept(open_page, worker: Worker, run_on_shapes: Run) -> None:
    page = open_page("robustness", run=run_on_shapes.run_id, change="noise", strength="0.3")
    network = model(run_on_shapes.run_id)
    images = fixed_sample(images_to_test(run_on_shapes.config), IMAGES)
    expected = measure(network, images, "change/noise")
    (line,) = curves(page, CHANGED)
    assert (line["x"], line["y"]) == (list(CHANGES["noise"].strengths), list(expected))
    assert f"At **0.3**: {run_on_shapes.name} {expected[3]:.2%}." in words(page)
    assert "Measured on 60 test images" in words(page)
    usual = together_names(Combination.parse("rotation:15,noise:0.2"))
    assert worker.asked == ["change/noise", *usual, *(remedy.measurement for remedy in REMEDIES)]
    assert "cannot test this run" in words(page)

    click(page, "Measure all fifteen")
    table = page.dataframe[-1].value
    assert table["Corruption"].tolist()[1:-1] == [each.title for each in CORRUPTIONS.values()]
    assert table["Severity"].tolist()[1:-1] == [each.published for each in CORRUPTIONS.values()]
    shares = table[run_on_shapes.name].tolist()
    assert shares[11] == 100 * measure(network, images, "mnist_c/fog")[0]
    assert shares[-1] == pytest.approx(sum(shares[1:-1]) / 15)

    click(page, "Measure both attacks")
    fgsm, pgd = curves(page, "robustness_epsilon")
    assert (tuple(fgsm["y"]), tuple(pgd["y"])) == tuple(
        measure(network, images, f"attack/{name}") for name in ("fgsm", "pgd")
    )

    assert "Draw something for this run" in words(page)
    drawn = DrawnDigit(images.images[0], run_on_shapes.class_names)
    page.session_state[f"{CanvasState.__module__}.{CanvasState.__qualname__}"] = CanvasState(last=drawn)
    page.run()
    names = [network.class_names[network.logits(each).argmax()] for each in at_each_strength("noise", drawn)]
    assert [trace["customdata"] for trace in curves(page, "robustness_drawing")[1:]] == [names]

    # Another server has no worker that has done it, and reads what is kept.
    asked = list(worker.asked)
    series._kept.clear()
    again = open_page("robustness", run=run_on_shapes.run_id, change="noise")
    assert worker.asked == asked
    assert len(curves(again, "robustness_epsilon")) == 2


@pytest.mark.slow
def test_what_is_stopped_stays_so_until_somebody_asks(open_page, worker: Worker, run_on_shapes: Run) -> None:
    worker.answers = False
    page = open_page("robustness", run=run_on_shapes.run_id, change="blur")
    # What the others begin with may be kept.
    before = list(worker.asked)
    assert before[0] == "change/blur"
    page.button(key="stop_robustness_blur").click()
    page.run()
    page.run()
    assert worker.asked == before
    page.button(key="start_robustness_blur").click()
    page.run()
    assert worker.asked[len(before) :] == ["change/blur"]


@pytest.mark.slow
def test_several_changes_are_made_in_their_order_and_each_is_measured_once(
    open_page, worker: Worker, run_on_shapes: Run
) -> None:
    page = open_page("robustness", run=run_on_shapes.run_id, together="inversion:0.25,rotation:40")
    network, images = model(run_on_shapes.run_id), fixed_sample(images_to_test(run_on_shapes.config), IMAGES)

    def measured(text: str) -> float:
        return measure(network, images, f"together/{text}")[0]

    shares = [measured(text) for text in ("none", "rotation:40", "inversion:0.25", "rotation:40,inversion:0.25")]
    table = page.dataframe[0].value
    assert table["Changed by"].tolist()[1:] == ["Rotation 40° alone", "Inversion 0.25 alone", "All of them together"]
    assert table[run_on_shapes.name].tolist() == [100 * share for share in shares]
    apart, together = (100 * lost for lost in (2 * shares[0] - shares[1] - shares[2], shares[0] - shares[3]))
    assert (
        f"**Rotation 40°, then Inversion 0.25**: {run_on_shapes.name} {shares[3]:.2%}. Alone, they cost {apart:.2f} "
        f"percentage points in sum, together {together:.2f}." in words(page)
    )
    assert "thickness, scale, rotation, shift, occlusion, inversion, contrast, blur, noise" in words(page)
    shown = examples.examples_of(images)
    said = network.logits(Combination.parse("rotation:40,inversion:0.25").apply(shown.images)).argmax(axis=1)
    captions = curves(page, "robustness_together_digits")[1]["customdata"]
    assert captions == [network.class_names[label] for label in said]

    asked = list(worker.asked)
    page.slider(key="together_inversion").set_value(0.5).run()
    assert page.query_params["together"] == "rotation:40,inversion:0.5"
    assert worker.asked[len(asked) :] == ["together/inversion:0.5", "together/rotation:40,inversion:0.5"]
    page.multiselect(key="together_changes").set_value(["noise", "rotation"]).run()
    assert page.query_params["together"] == "rotation:40,noise:0.5"
    assert [slider.key for slider in page.slider] == ["together_rotation", "together_noise"]
    drawn = DrawnDigit(images.images[0], run_on_shapes.class_names)
    page.session_state[f"{CanvasState.__module__}.{CanvasState.__qualname__}"] = CanvasState(last=drawn)
    page.multiselect(key="together_changes").set_value([]).run()
    assert page.query_params["together"] == "none"
    assert "**No change**" in words(page)
    assert len(page.dataframe[0].value) == 1
    page.multiselect(key="together_changes").set_value(["shift"]).run()
    stages = Combination.parse("shift:3").stages
    names = [network.class_names[network.logits(each.apply(drawn.image[None])).argmax()] for each in stages]
    assert curves(page, "robustness_together_drawing")[1]["customdata"] == names
    assert not page.exception


@pytest.mark.slow
def test_what_was_moved_on_from_is_asked_for_no_more(open_page, worker: Worker, run_on_shapes: Run) -> None:
    worker.answers = False
    page = open_page("robustness", run=run_on_shapes.run_id, together="blur:1,noise:0.35")
    first = page.session_state[f"{RobustnessState.__module__}.{RobustnessState.__qualname__}"].together
    assert all(found is not None and found.is_running for found in map(series.find_series, first))
    page.slider(key="together_noise").set_value(0.45).run()
    assert [series.find_series(key) for key in first] == [None]
    page.button(key="stop_robustness_together").click().run()
    page.slider(key="together_noise").set_value(0.55).run()
    before = list(worker.asked)
    page.button(key="start_robustness_together").click().run()
    assert len(worker.asked) == len(before) + 1


def test_nonsense_in_the_url_is_named_once(open_page, worker: Worker, run_on_shapes: Run) -> None:
    page = open_page(
        "robustness",
        run=run_on_shapes.run_id,
        change="melting",
        strength="much",
        beside="no-such-run",
        attack="dynamite",
        epsilon="7",
        together="soup",
    )
    said = [warning.value for warning in page.warning]
    assert len(said) == 6
    for text in ("melting", "much", "no-such-run", "dynamite", "“7”", "“soup”"):
        assert sum(text in sentence for sentence in said) == 1
    assert set(page.query_params) == {"run"}
    page.run()
    assert not page.warning


def test_a_run_whose_images_are_gone_gets_a_sentence(
    open_page, worker: Worker, store: RunStore, run_on_shapes: Run
) -> None:
    gone = replace(
        run_on_shapes,
        run_id=f"{run_on_shapes.run_id}-gone",
        config=run_on_shapes.config.replace(dataset="shapes-0123456789ab"),
    )
    store.insert(gone)
    try:
        page = open_page("robustness", run=gone.run_id)
        (error,) = page.error
        assert "There is no data" in error.value
        assert not worker.asked
    finally:
        store.delete(gone.run_id)


@pytest.mark.slow
def test_a_sturdier_run_is_trained_and_both_are_shown(
    open_page, worker: Worker, store: RunStore, trained_run: Run, run_on_shapes: Run
) -> None:
    page = open_page("robustness", run=run_on_shapes.run_id, change="noise", beside=trained_run.run_id)
    assert [line["name"] for line in curves(page, CHANGED)] == [run_on_shapes.name, trained_run.name]
    del worker
    click(page, "Train a more robust one")
    kept, run_id = page.query_params["beside"].split(",")
    assert kept == trained_run.run_id
    assert page.multiselect[0].value == [kept, run_id]
    try:
        config = store.get(run_id).config
        assert config.dataset == run_on_shapes.config.dataset
        assert config.epochs == 10
        assert config.augments
        assert {name: getattr(config, name) for name in ("hidden_size", "seed")} == {"hidden_size": 8, "seed": 0}
    finally:
        discard(store, run_id)


def test_one_switch_is_for_both_choices_of_runs(open_page, store: RunStore, worker: Worker, run_on_shapes: Run) -> None:
    trial = replace(run_on_shapes, run_id="quiet-otter-0000aa", name="quiet-otter", origin=RunOrigin.EXPERIMENT)
    store.insert(trial)
    try:
        page = open_page("robustness", run=run_on_shapes.run_id)
        assert not any("quiet-otter" in option for option in page.multiselect[0].options)
        page.toggle(key="with_experiments").set_value(True).run()
        assert not page.exception
        assert any("quiet-otter" in option for option in page.multiselect[0].options)
    finally:
        store.delete(trial.run_id)


def test_a_handful_of_test_images_is_enough(open_page, worker: Worker, store: RunStore, home: Path) -> None:
    """Of twenty pictures few are test images: there is no sixth example, and their accuracy says little."""
    train = load_mnist("train")
    chosen = np.concatenate([np.flatnonzero(train.labels == label)[:2] for label in range(10)])
    images = ImageDataset("handful", train.images[chosen], train.labels[chosen], train.class_names)
    entry = Catalogue(home).add(SourceDataset(images), "Handful", "")
    run = train_small(store, TrainConfig(hidden_size=4, epochs=1, dataset=entry.name))
    try:
        page = open_page("robustness", run=run.run_id)
        count = len(images_to_test(run.config))
        assert 1 < count < 6
        reach = 100 * widest_reach(count)
        assert words(page).count(f"{count} test images, always the same: accurate to about {reach:.0f} points.") == 3
        assert len(curves(page, "robustness_corrupted")[1]["customdata"]) == len(CORRUPTIONS)
        assert worker.asked
    finally:
        store.delete(run.run_id)
        Catalogue(home).delete(entry.name)

"""“Why this answer?” on Errors and Draw: nothing before it is opened, every way, what is gone, nonsense in the URL."""

from concurrent.futures import Future
from types import SimpleNamespace

import numpy as np
import pytest

from core.errors import DataError, EngineError
from core.explain.flip import smallest_flip
from core.explain.hidden_space import hidden_space
from core.runs.records import DEMO_RUN_ID
from ui.digits import asked
from ui.results import through_epochs
from ui.shell import series
from ui.shell.resources import images_to_test, model, splits

DIGIT = "247"
"""A test digit that the demo run reads incorrectly."""


def words(page) -> str:
    return "\n".join(element.value for element in (*page.caption, *page.info, *page.error, *page.warning))


def is_open(page) -> bool:
    return any(control.key == "why" for control in page.segmented_control)


def done(result: object = None, error: Exception | None = None) -> Future[object]:
    future: Future[object] = Future()
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
    return future


def test_nothing_is_computed_before_it_is_opened(open_page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "_top_two", lambda *_: pytest.fail("computed unasked"))
    for name, query in (("errors", {"digit": DIGIT}), ("draw", {"source": "test", "digit": DIGIT})):
        page = open_page(name, run=DEMO_RUN_ID, **query)
        assert not is_open(page)


@pytest.mark.slow
def test_every_way_of_an_error(open_page, monkeypatch: pytest.MonkeyPatch) -> None:
    network, test = model(DEMO_RUN_ID), splits().test
    image, label = test.images[int(DIGIT)], int(test.labels[int(DIGIT)])
    logits = network.logits(image[None])[0]
    read = int(logits.argmax())
    page = open_page("errors", run=DEMO_RUN_ID, digit=DIGIT, why="integrated")
    assert f"For **{read}** rather than **{label}**" in words(page)
    assert f"the logit of {read} leads by +{logits[read] - logits[label]:.2f} here" in words(page)
    assert "This is about the network after its last epoch. With the slider" in words(page)
    page.selectbox(key="rival").select("0").run()
    assert f"leads by +{logits[read] - logits[0]:.2f} here" in words(page)
    for way, said in (("saliency", "had a little more ink"), ("occlusion", "4×4 pixels"), ("walk", "labelled 0")):
        page.segmented_control(key="why").select(way).run()
        assert not page.exception
        assert said in words(page)
    page.segmented_control(key="why").select("flip").run()
    flip = smallest_flip(network, image)
    assert flip is not None
    assert f"by at most {flip.largest} of 255; the distance is {flip.distance:.2f}" in words(page)
    given: list[np.ndarray] = []

    def analyse(function, *arguments):
        given.append(arguments[1])
        return done(error=EngineError("No worker.")) if len(given) == 1 else done(function(*arguments))

    monkeypatch.setattr(series, "engine", lambda: SimpleNamespace(analyse=analyse))
    page.segmented_control(key="why").select("neighbours").run()
    assert "The neighbours could not be found: No worker." in words(page)
    page.button(key="find_neighbours").click().run()
    page.run()
    assert "among 5,000 of 55,000 training digits" in words(page)
    assert sum(map(len, given[1:])) == 5_000
    # In parts, so that it can be stopped; then nothing begins by itself.
    monkeypatch.setattr(series, "engine", lambda: SimpleNamespace(analyse=lambda *_: Future()))
    series.stop_series(next(key for key in series._kept()._by_key if key.startswith("hidden space")))
    page.run()
    assert "0% done" in str(page.get("progress")[0].proto.text)
    page.button(key="stop_neighbours").click().run()
    assert page.button(key="find_neighbours").label == "Find them"


@pytest.mark.slow
def test_an_earlier_epoch_is_explained_where_its_weights_are_kept(open_page, store, trained_run, monkeypatch) -> None:
    first, last = dict(store.epoch_models(trained_run.run_id))[1], model(trained_run.run_id)
    test = images_to_test(trained_run.config)
    reads = [network.logits(test.images).argmax(axis=1) for network in (first, last)]
    digit = int(np.flatnonzero(reads[0] != reads[1])[0])
    image, (then, now) = test.images[digit], (said[digit] for said in reads)
    query = {"run": trained_run.run_id, "digit": str(digit), "epoch": "1"}
    page = open_page("errors", **query, why="integrated", rival=str(now))
    assert f"the network after epoch 1. It reads **{then}** there, and in the end **{now}**." in words(page)
    logits = first.logits(image[None])[0]
    assert f"the logit of {then} leads by {logits[then] - logits[now]:+.2f} here" in words(page)
    page.segmented_control(key="why").select("flip").run()
    flip = smallest_flip(first, image)
    assert flip is not None
    assert f"the distance is {flip.distance:.2f}" in words(page)
    given = []

    def analyse(_, network, images):
        given.append(network)
        return done(hidden_space(network, images))

    monkeypatch.setattr(series, "engine", lambda: SimpleNamespace(analyse=analyse))
    page.segmented_control(key="why").select("neighbours").run()
    np.testing.assert_array_equal(given[0].logits(image[None])[0], logits)
    # Damaged, and thinned out.
    for paths in ({(None, 1): "/nowhere"}, {}):
        monkeypatch.setattr(through_epochs, "kept_paths", lambda _, paths=paths: paths)
        page = open_page("errors", **query, why="integrated", rival="auto")
        assert "The weights after epoch 1 are not kept, so this is about the network after its last epoch" in words(
            page
        )
        assert f"For and against **{now}**" in words(page)
    page = open_page("errors", run=trained_run.run_id, digit=str(digit), why="integrated", epoch="2")
    assert "This is about the network after its last epoch." in words(page)


@pytest.mark.slow
def test_other_classes_and_training_images_that_are_gone(open_page, run_on_shapes, monkeypatch) -> None:
    query = {"run": run_on_shapes.run_id, "source": "test", "digit": "3"}
    page = open_page("draw", **query, why="walk")
    assert "to the nearest training image labelled" in words(page)

    def gone(_config):
        raise DataError("It has been deleted.")

    monkeypatch.setattr(asked, "splits_of", gone)
    for way in ("walk", "neighbours"):
        page.segmented_control(key="why").select(way).run()
        assert "have been deleted: there is nothing to compare" in words(page)
    page.segmented_control(key="why").select("flip").run()
    assert not page.exception


def test_an_empty_canvas_and_nonsense_in_the_url(open_page) -> None:
    page = open_page("draw", run=DEMO_RUN_ID, why="because")
    assert "There is nothing to explain yet." in words(page)
    page = open_page("errors", run=DEMO_RUN_ID, digit=DIGIT, why="because", rival="99")
    assert "An answer is explained by integrated, saliency" in words(page)
    assert "not with “99”" in words(page)
    assert is_open(page)

"""A misread drawing becomes one of “My drawings”, and a run is fine-tuned on them."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.data.catalogue import Catalogue
from core.data.dataset import DIGIT_NAMES
from core.data.drawn import mark_of
from core.data.my_drawings import MyDrawings
from core.drawings.pictures import read_picture
from core.drawings.preprocessing import drawing_to_digit
from core.exports.subject import subject_of_run
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.store import RunStore
from tests.app.conftest import OpenPage
from tests.app.draw.test_draw import give_picture, png, texts
from ui.shell import browser
from ui.shell.resources import splits

TRUE = 9


def drawn() -> bytes:
    """The first test digit, a 7, as a picture."""
    return png(splits().test.images[0].repeat(10, axis=0).repeat(10, axis=1))


def button(page: AppTest, label: str):
    return next(found for found in page.button if found.label == label)


def correct(page: AppTest, label: str) -> None:
    box = next(box for box in page.selectbox if box.label == "Misread? It is")
    assert button(page, "Add to My drawings").disabled
    box.set_value(label).run()
    button(page, "Add to My drawings").click().run()
    assert not page.exception, page.exception


@pytest.mark.slow
def test_a_corrected_drawing_is_kept_for_its_browser_alone(
    open_page: OpenPage, mine: MyDrawings, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = give_picture(open_page("draw", source="upload", run=DEMO_RUN_ID), drawn(), "upload")
    assert "My drawings" not in [header.value for header in page.header]
    correct(page, str(TRUE))
    kept = mine.images_of(DIGIT_NAMES)
    assert kept.labels.tolist() == [TRUE]
    assert np.array_equal(kept.images[0], drawing_to_digit(read_picture(drawn())).digit)
    assert "Version 1: 1 digit, of which" in texts(page)
    assert "reads 0 as labelled" in texts(page)
    page.number_input(key="mine_number_1").set_value(1)
    entry = mine.entry_of(DIGIT_NAMES)
    assert entry is not None
    monkeypatch.setattr(browser, "known_id", lambda _cookies: "b" * 32)
    other = open_page("draw", run=DEMO_RUN_ID)
    assert "My drawings" not in [header.value for header in other.header]
    other = open_page("datasets", dataset=entry.name)
    assert "Somebody else drew these images" in " ".join(warning.value for warning in other.warning)
    monkeypatch.undo()
    monkeypatch.setattr(browser, "known_id", lambda _cookies: "a" * 32)
    button(page, "Remove").click().run()
    assert "My drawings" not in [header.value for header in page.header]
    assert mine.entry_of(DIGIT_NAMES) is None


def test_a_test_digit_and_an_empty_canvas_are_not_offered(open_page: OpenPage, mine: MyDrawings) -> None:
    for query in ({"source": "test", "digit": "0"}, {"source": "draw"}):
        page = open_page("draw", run=DEMO_RUN_ID, **query)
        assert "Add to My drawings" not in [found.label for found in page.button]


@pytest.mark.slow
def test_fine_tuning_reads_the_drawing_and_shows_before_and_after(
    open_page: OpenPage,
    mine: MyDrawings,
    store: RunStore,
    trained_run: Run,
    me: str,
    trained_at_once: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Queued by the page as it would be, then trained here: the engine has tests of its own."""
    image = splits().test.images[0]
    read, other = store.model(trained_run.run_id).probabilities(image[None])[0].argsort()[::-1][:2]
    mine.add([image], [int(other)], DIGIT_NAMES)
    page = open_page("draw", run=trained_run.run_id)
    button(page, "Fine-tune on them").click().run()
    assert not page.exception, page.exception
    (run_id,) = trained_at_once
    run = store.get(run_id)
    assert run.config.start_from == trained_run.run_id
    before, after = (store.model(one).probabilities(image[None])[0].argmax() for one in (trained_run.run_id, run_id))
    assert (before, after) == (read, other)
    said = texts(page)
    assert "0 of 1 read as labelled before, 1 after." in said
    labels = splits().test.labels
    shares = [
        (store.model(one).probabilities(splits().test.images).argmax(1) == labels).mean()
        for one in (trained_run.run_id, run_id)
    ]
    assert f"{100 * (shares[1] - shares[0]):+.2f} percentage points" in said
    # What a run names stays while drawings change; others see the run, and none of its images.
    mine.add([splits().test.images[1]], [3], DIGIT_NAMES)
    assert Catalogue(store.settings.home).entry(run.config.dataset).number == 1
    monkeypatch.setattr(browser, "known_id", lambda _cookies: "b" * 32)
    page = open_page("evaluate", run=run_id)
    assert "Somebody else drew these images" in " ".join(error.value for error in page.error)
    assert [subject_of_run(store, run_id, mark_of(who)).predictions() is None for who in (me, "b" * 32)] == [
        False,
        True,
    ]
    store.delete(run_id)

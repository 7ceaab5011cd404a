"""Draw, report card: a class after the other is asked for; what was handed in is read, beside the test set’s shares."""

import io

import numpy as np
from PIL import Image
from sklearn import metrics
from streamlit.testing.v1 import AppTest

from core.analysis.report_card import ReportCard, read_as
from core.runs.records import DEMO_RUN_ID
from core.runs.store import RunStore
from ui.digits.state import CanvasState
from ui.draw.sources import CANVAS
from ui.shell.resources import model, splits


def test_a_card_counts_by_what_was_asked_for() -> None:
    card = ReportCard((0, 1, 2, 0), (0, 2, 2, 1))
    assert (card.correct, card.of_class(0), card.of_class(1), card.of_class(3)) == (2, (1, 2), (0, 1), (0, 0))
    assert read_as(card, 0, ("a", "b", "c")) == "a, b"


def draw(page: AppTest, image: np.ndarray) -> None:
    """What the browser would have sent of a canvas: AppTest has none."""
    stream = io.BytesIO()
    Image.fromarray(np.kron(image, np.ones((20, 20), np.uint8))).save(stream, "PNG")
    drawing = page.session_state[f"{CanvasState.__module__}.{CanvasState.__qualname__}"].drawing(CANVAS)
    drawing.strokes, drawing.picture = [{"type": "path"}], stream.getvalue()
    page.run()


def click(page: AppTest, label: str) -> None:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception, page.exception


def test_what_is_handed_in_is_read_beside_the_test_set(open_page, store: RunStore) -> None:
    test = splits().test
    first = [int(np.flatnonzero(test.labels == label)[0]) for label in (0, 4)]
    page = open_page("draw", run=DEMO_RUN_ID)
    click(page, "Report card")
    for number, position in enumerate(first):
        said = " ".join(element.value for element in page.markdown)
        assert f"**{number}** ({number + 1} of 10)" in said
        assert next(button for button in page.button if button.label == "Hand in").disabled
        draw(page, test.images[position])
        click(page, "Hand in")
    table = next(frame.value for frame in page.dataframe if "Asked for" in frame.value.columns)
    read = [str(model(DEMO_RUN_ID).probabilities(test.images[[position]]).argmax()) for position in first]
    assert table["Read as"].tolist() == read
    assert table["You"].tolist() == [f"{int(said == asked)} of 1" for said, asked in zip(read, "01", strict=True)]
    recall = metrics.recall_score(test.labels, store.predictions(DEMO_RUN_ID, test).predicted, average=None)
    assert np.allclose(table["Test set"], 100 * recall[:2])
    click(page, "Discard the card")
    assert not any("Asked for" in frame.value.columns for frame in page.dataframe)

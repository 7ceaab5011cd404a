"""Draw's “Many pictures”: pictures, a zip, a table; what cannot be read is named."""

import io
import zipfile
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
from PIL import Image
from scipy.special import softmax
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from core.analysis.percent import probability_percent
from core.data.importing.kaggle_writer import write_kaggle_csv
from core.reading.judging import judge_of
from core.runs.records import DEMO_RUN_ID
from ui.draw import many
from ui.shell.resources import model, settings, splits


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def table(count: int) -> bytes:
    stream = io.BytesIO()
    write_kaggle_csv(splits().test.subset(np.arange(count)), stream, labels=False)
    return stream.getvalue()


def expected(count: int) -> list[str]:
    return list(map(str, model(DEMO_RUN_ID).probabilities(splits().test.images[:count]).argmax(1)))


def texts(page: AppTest) -> str:
    return "\n".join(element.value for element in (*page.markdown, *page.caption, *page.warning))


@pytest.fixture
def page(open_page) -> AppTest:
    return open_page("draw", source="many", run=DEMO_RUN_ID)


def give(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    page.file_uploader[0].set_value([(name, content, "") for name, content in files]).run()
    assert not page.exception, page.exception
    return page


def test_pictures_and_a_zip_are_read_and_what_cannot_be_is_named(page: AppTest) -> None:
    images = splits().test.images
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("in/3.png", png(images[3]))
    give(
        page,
        ("a.png", png(images[0])),
        ("broken.png", png(images[1])[:40]),
        ("b.zip", stream.getvalue()),
        ("blank.png", png(np.zeros((28, 28), np.uint8))),
    )
    shown = page.dataframe[0].value
    assert shown["File"].tolist() == ["a.png", "b.zip/in/3.png", "blank.png"]
    labels = expected(4)
    assert shown["Label"].tolist()[:2] == [labels[0], labels[3]]
    assert (shown["Label"].isna().tolist(), shown["Verdict"][2]) == ([False, False, True], "no ink")
    assert all(uri.startswith("data:image/png;base64,") for uri in shown["Picture"])
    assert "broken.png: " in page.warning[0].value
    assert "**3 images read**" in texts(page)
    csv, submission = page.get("download_button")
    assert (csv.proto.label, submission.proto.label) == ("Download as CSV", "Download as submission")
    assert submission.proto.disabled


def test_a_table_is_sorted_by_confidence_and_can_be_submitted(page: AppTest) -> None:
    give(page, ("test.csv", table(120)))
    assert page.dataframe[0].value["Label"].tolist() == expected(120)[: many._PAGE_SIZE]
    assert page.dataframe[0].value["File"][0] == "test.csv, image 1"
    assert not page.get("download_button")[1].proto.disabled
    network = model(DEMO_RUN_ID)
    temperature = judge_of(network, settings().home).temperature
    assert temperature is not None
    confidence = softmax(network.logits(splits().test.images[:120]) / temperature.value, axis=1).max(1)
    for order, expected_order in (("unsure", np.sort(confidence)), ("sure", -np.sort(-confidence))):
        page.segmented_control(key="answers_by").set_value(order).run()
        shown = page.dataframe[0].value["Confidence"]
        assert shown.tolist() == [probability_percent(value) for value in expected_order[: len(shown)]]


def test_more_than_a_session_keeps_is_said(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "MOST_IMAGES", 7)
    give(page, ("test.csv", table(8)))
    assert "Only the first 7 images are read here" in texts(page)
    assert page.get("download_button")[1].proto.disabled


def test_a_bad_order_or_page_in_the_address_is_named(open_page) -> None:
    page = open_page("draw", source="many", run=DEMO_RUN_ID, answers_by="colour", answers_page="9")
    assert "Answers come in the order files, unsure, sure, not “colour”." in texts(page)
    give(page, ("test.csv", table(3)))
    assert "There is no page “9”: there is only one." in texts(page)


def test_what_was_interrupted_is_read_again(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another click ends the script wherever it is: half a table is not to be taken for the whole."""
    read = many.answers

    def interrupted(*given: object) -> Iterator[object]:
        yield from islice(read(*given), 2)
        raise StopException

    with monkeypatch.context() as patch:
        patch.setattr(many, "answers", interrupted)
        give(page, ("test.csv", table(8)))
    assert not page.dataframe
    page.run()
    assert "**8 images read**" in texts(page)
    assert not page.get("download_button")[1].proto.disabled

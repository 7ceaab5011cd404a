import io
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import ImageDataset, SourceDataset
from core.drawings.pictures import read_picture
from core.drawings.preprocessing import drawing_to_digit
from core.runs.records import DEMO_RUN_ID
from tests.app.conftest import train_small
from ui.draw.reading import _about
from ui.shell.resources import model, splits


def prediction(page) -> str:
    return next(metric.value for metric in page.metric if metric.label == "Prediction")


def texts(page) -> str:
    return "\n".join(element.value for element in (*page.markdown, *page.caption, *page.error, *page.warning))


def expected(index: int) -> str:
    """The demo run's answer to a test digit, which its own centring leaves as it is."""
    return str(model(DEMO_RUN_ID).probabilities(splits().test.images[index : index + 1]).argmax())


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def give_picture(page, data: bytes, source: str):
    if source == "camera":
        page.camera_input[0].set_value(("photo.jpg", data, "image/jpeg")).run()
    else:
        page.file_uploader[0].set_value(("picture.png", data, "image/png")).run()
    assert not page.exception, page.exception
    return page


def test_opens_from_cold_with_an_empty_canvas(open_page):
    page = open_page("draw")
    assert page.title[0].value == "Draw"
    assert prediction(page) == "–"
    assert "Nothing to read yet" in texts(page)
    assert "Read by" in texts(page)
    assert not page.warning


def test_starts_from_a_test_digit_by_deep_link(open_page):
    page = open_page("draw", source="test", digit="17", run=DEMO_RUN_ID)
    assert page.number_input(key="digit").value == 17
    assert prediction(page) == expected(17)
    assert f"The network reads a **{expected(17)}**" in texts(page)
    assert "without centring:" in texts(page)


def test_another_test_digit_is_read_as_well(open_page):
    page = open_page("draw", source="test", run=DEMO_RUN_ID)
    for index in (3, 4):
        page.number_input(key="digit").set_value(index).run()
        assert prediction(page) == expected(index)
    page.button[0].click().run()
    assert not page.exception
    assert prediction(page) in "0123456789"


def test_every_switch_can_be_turned_off(open_page):
    page = open_page("draw", source="test", digit="0", run=DEMO_RUN_ID)
    for name in ("crop", "scale", "centre"):
        page.toggle(key=name).set_value(False).run()
        assert not page.exception
    assert prediction(page) == expected(0)


def test_the_network_of_the_chosen_run_answers(open_page, trained_run):
    page = open_page("draw", source="test", digit="0", run=trained_run.run_id)
    assert f"Read by {trained_run.title}" in texts(page)


def test_bad_values_in_the_url_are_named_one_by_one(open_page):
    page = open_page("draw", source="telepathy", digit="10000", crop="perhaps", run="../x")
    said = " ".join(warning.value for warning in page.warning)
    assert all(value in said for value in ("telepathy", "10000", "perhaps", "../x"))
    assert prediction(page) == "–"


@pytest.mark.slow
@pytest.mark.parametrize("source", ["upload", "camera"])
def test_a_picture_is_read_in_either_polarity(open_page, source):
    digit = splits().test.images[0].repeat(10, axis=0).repeat(10, axis=1)
    for pixels in (digit, 255 - digit):
        page = open_page("draw", source=source, run=DEMO_RUN_ID)
        assert prediction(give_picture(page, png(pixels), source)) == expected(0)


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "0 bytes"), (b"text", "not a picture"), (png(np.zeros((10, 20_000), np.uint8)), "20,000")],
    ids=["empty", "text", "wide"],
)
def test_a_file_that_cannot_be_used_gets_one_sentence(open_page, data, words):
    page = give_picture(open_page("draw", source="upload"), data, "upload")
    assert len(page.error) == 1
    assert page.error[0].value.startswith("“picture.png”: ")
    assert words in page.error[0].value
    assert prediction(page) == "–"
    assert "to read" not in texts(page)
    assert "No ink" not in texts(page)


@pytest.mark.parametrize("source", ["upload", "camera"])
@pytest.mark.parametrize("pixels", [np.zeros((90, 90)), np.full((90, 90), 255), np.ones((1, 1))])
def test_a_picture_without_ink_was_read_all_the_same(open_page, source, pixels):
    page = give_picture(open_page("draw", source=source), png(pixels.astype(np.uint8)), source)
    assert prediction(page) == "–"
    assert "No ink was found in this picture" in texts(page)
    assert "Nothing to read" not in texts(page)


def test_a_spot_is_named(open_page):
    pixels = np.zeros((90, 90), np.uint8)
    pixels[30:60, 30:60] = 255
    page = give_picture(open_page("draw", source="upload"), png(pixels), "upload")
    assert prediction(page) == "–"
    assert "one filled patch" in texts(page)


def test_a_file_name_is_no_markup_and_not_endless(open_page):
    page = open_page("draw", source="upload")
    page.file_uploader[0].set_value((f"*a*{'b' * 200}.png", b"text", "image/png")).run()
    said = page.error[0].value
    assert said.startswith("“\\*a\\*bbb")
    assert len(said) < 180


def test_no_file_yet_is_no_error(open_page):
    for source in ("upload", "camera"):
        page = open_page("draw", source=source)
        assert not page.error
        assert prediction(page) == "–"


def test_a_drawing_goes_the_way_that_the_pictures_of_the_run_went(open_page, store, home):
    """Pictures that were only resized: so is the ink, and the steps say so."""
    digits = splits().test.images[:200]
    labels = np.arange(200, dtype=np.int64) % 2
    images = ImageDataset("x", np.roll(digits, 3, axis=2), labels, ("triangle", "square"))
    entry = Catalogue(home).add(SourceDataset(images), "Resized", "Only resized.")
    run = train_small(store, TrainConfig(hidden_size=4, epochs=1, dataset=entry.name))
    page = open_page("draw", source="upload", run=run.run_id)
    assert "only resized to 28×28" in texts(page)
    assert not page.toggle
    picture = np.zeros((280, 280), np.uint8)
    picture[40:60, 40:200] = 255
    give_picture(page, png(picture), "upload")
    small = drawing_to_digit(read_picture(png(picture)), crop=False, scale=False, centre=False).digit
    named = ("triangle", "square")[int(model(run.run_id).probabilities(small[None]).argmax())]
    assert prediction(page) == named
    assert "without centring" not in texts(page)
    store.delete(run.run_id)
    Catalogue(home).delete(entry.name)


def test_the_network_is_drawn_and_its_connections_are_a_table(open_page):
    page = open_page("draw", source="test", digit="17", run=DEMO_RUN_ID)
    assert not page.dataframe, "it is made when somebody opens it"
    page.session_state["draw_network_table"] = True
    table = page.run().dataframe[0].value
    assert list(table.columns) == ["From", "To", "Weight", "Weight × value"]
    weights = model(DEMO_RUN_ID).weights["layers.1.weight"]
    for _, row in table[table["To"].str.startswith("output")].iterrows():
        unit, output = int(row["From"].rsplit(" ", 1)[1]), int(row["To"].rsplit(" ", 1)[1])
        assert row["Weight"] == weights[output, unit]
    assert "orange raises a unit’s sum, blue lowers it" in texts(page)


@pytest.mark.parametrize(
    ("address", "works"),
    [
        ("http://lab.example:8501/draw", False),
        ("https://lab.example/draw", True),
        ("http://localhost:8501/draw", True),
        ("http://127.0.0.1:8501/draw", True),
        ("http://[::1]:8501/draw", True),
        (None, True),
    ],
)
def test_where_no_camera_can_open_a_sentence_says_so(open_page, monkeypatch, address, works):
    monkeypatch.setattr(type(st.context), "url", property(lambda _: address))
    page = open_page("draw", source="camera")
    assert bool(page.camera_input) == works
    assert any("upload it under “Picture”" in found.value for found in page.info) != works


def test_it_is_said_how_mnist_writes_a_1(open_page, run_on_shapes):
    assert "one with a long upstroke is often read as a 4" in texts(open_page("draw", run=DEMO_RUN_ID))
    assert "upstroke" not in texts(open_page("draw", run=run_on_shapes.run_id))


def test_a_network_that_is_too_large_for_browsers_is_offered_to_programs_alone(store):
    run = store.get(DEMO_RUN_ID)
    assert f"(api/v1/try?run={DEMO_RUN_ID}), without a server, and programs can [call it](api/v1/docs)." in _about(run)
    large = replace(run, config=run.config.model_copy(update={"hidden_size": 4096, "hidden_layers": 6}))
    assert "api/v1/try" not in _about(large)
    assert _about(large).endswith(" Programs can [call it](api/v1/docs).")

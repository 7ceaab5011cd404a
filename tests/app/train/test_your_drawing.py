"""Train: what the watched run makes of the digit that this session has drawn."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.data.dataset import DIGIT_NAMES
from core.runs.records import DEMO_RUN_ID
from core.runs.store import RunStore
from tests.app.conftest import OpenPage, live_data
from ui.digits.state import CanvasState, DrawnDigit
from ui.shell.resources import splits

STATE = f"{CanvasState.__module__}.{CanvasState.__qualname__}"


def draw(page: AppTest, names: tuple[str, ...] = DIGIT_NAMES) -> None:
    page.session_state[STATE] = CanvasState(last=DrawnDigit(splits().test.images[8], names))
    page.run()
    assert not page.exception


@pytest.fixture
def page(open_page: OpenPage) -> AppTest:
    return open_page("train", run=DEMO_RUN_ID, hidden_size="128", epochs="8", seed="0")


def test_without_one_it_leads_to_the_canvas(page: AppTest) -> None:
    assert any(said.value.startswith("Draw something to see here what this network") for said in page.caption)


def test_its_bars_follow_the_run(page: AppTest, store: RunStore) -> None:
    draw(page)
    prefix = "train" if any("train_your_answer" in found.proto.id for found in page.get("bidi_component")) else "last"
    bars = live_data(page, f"{prefix}_your_answer")
    image = splits().test.images[8:9]
    newest = store.model(DEMO_RUN_ID).probabilities(image)[0]
    np.testing.assert_allclose(json.loads(bars["figure"])["data"][0]["y"], newest, atol=1e-3)
    for epoch, network in store.epoch_models(DEMO_RUN_ID):
        frame = json.loads(bars["frames"])["places"][str(epoch)]
        np.testing.assert_allclose(frame["data"]["0"]["y"], network.probabilities(image)[0], atol=1e-3)


def test_one_for_other_classes_is_not_read(page: AppTest) -> None:
    draw(page, ("ring", "bar"))
    assert any("was made for classes other" in said.value for said in page.caption)
    assert not any("your_answer" in found.proto.id for found in page.get("bidi_component"))

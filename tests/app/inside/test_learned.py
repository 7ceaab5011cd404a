"""Inside: the lit network, hidden units, what is left without some, and what is said where something is missing."""

import re
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import DIGIT_NAMES, ImageDataset, SourceDataset
from core.data.mnist import load_mnist
from core.explain import survey
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.store import RunStore
from tests.app.conftest import OpenPage, live_data
from tests.core.builders import make_checkpoint, make_run
from ui.shell.resources import splits


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption, *page.info, *page.subheader])


def numbers(page: AppTest) -> dict[str, str]:
    return {found.label: found.value for found in page.metric}


def click(page: AppTest, label: str) -> None:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception


def in_url(page: AppTest, name: str) -> str | None:
    value = page.query_params.get(name)
    return value[-1] if isinstance(value, list) else value


def accuracy_without(store: RunStore, run_id: str, units: list[int]) -> float:
    """By hand, from the weights."""
    model, images = store.model(run_id), splits().validation
    pixels = (images.images.reshape(-1, 784) / 255 - model.normalisation.mean) / model.normalisation.std
    hidden = np.maximum(pixels @ model.weights["layers.0.weight"].T + model.weights["layers.0.bias"], 0)
    hidden[:, units] = 0
    read = (hidden @ model.weights["layers.1.weight"].T + model.weights["layers.1.bias"]).argmax(axis=1)
    return float((read == images.labels).mean())


def test_units_are_switched_off_one_after_another_and_on_again(open_page: OpenPage, store: RunStore) -> None:
    looks = store.summary(DEMO_RUN_ID).test_looks
    page = open_page("inside", run=DEMO_RUN_ID, unit="1:8", digit="3", off="1:64")
    assert "Labelled **0**; the whole network reads **0**. Without the units that are switched off" in words(page)
    assert numbers(page)["Without these"] == f"{accuracy_without(store, DEMO_RUN_ID, [64]):.2%}"
    click(page, "Switch it off")
    assert in_url(page, "off") == "1:8,1:64"
    assert numbers(page)["Without these"] == f"{accuracy_without(store, DEMO_RUN_ID, [8, 64]):.2%}"
    assert "5,000 validation images" in words(page)
    page.button(key="inside_on_1:64").click().run()
    assert in_url(page, "off") == "1:8"
    click(page, "Switch all on")
    assert in_url(page, "off") is None
    assert "Every unit speaks." in words(page)
    page.number_input(key="inside_number").set_value(20).run()
    assert in_url(page, "unit") == "1:20"
    # Switching off looks at validation images alone.
    assert store.summary(DEMO_RUN_ID).test_looks == looks


def test_what_excites_a_unit_most_is_what_it_says_most_about(open_page: OpenPage, store: RunStore) -> None:
    page = open_page("inside", run=DEMO_RUN_ID, unit="1:8")
    said = store.model(DEMO_RUN_ID).layers(splits().test.images)[1][:, 8]
    best = int(said.argmax())
    assert f"test digit {best}, labelled {splits().test.labels[best]}" in live_data(page, "inside_exciting")["figure"]
    assert f"**{(said > 0).mean():.1%}** of the test images" in words(page)
    captions = [picture.caption for image in page.get("image") for picture in image.proto.imgs]
    (made,) = re.findall(r"Made for it: (\d+\.\d+)\.", " ".join(captions))
    assert float(made) > said.max()


def test_what_the_url_says_is_checked_and_the_network_of_the_digit_is_drawn(open_page: OpenPage) -> None:
    page = open_page("inside", run=DEMO_RUN_ID, unit="9:9", off="1:1,zzz", digit="77777")
    said = "\n".join(warning.value for warning in page.warning)
    for part in ("none with the number 9", "such as 1\\:17, not “zzz”", "no test digit “77777”"):
        assert part in said
    assert (in_url(page, "unit"), in_url(page, "off")) == (None, None)
    picture = live_data(page, "inside_network")["picture"]
    assert '"terms": ["row ' in picture


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"hidden_layers": 0}, ("no hidden layer",)),
        ({"widths": (12, 6), "activation": "tanh"}, ("All 12 units", "Followed through later layers")),
        (
            {"architecture": "cnn", "hidden_size": 8},
            (
                "Convolution 2: 16 filters",
                "row 10, column 10 of feature map 0",
                "by the test digit that excites it most",
            ),
        ),
    ],
    ids=["linear", "deep", "cnn"],
)
def test_other_networks(
    open_page: OpenPage, store: RunStore, monkeypatch: pytest.MonkeyPatch, settings: dict, parts: tuple[str, ...]
) -> None:
    monkeypatch.setattr(survey, "_AFFORDABLE", 1)
    run = made_up(store, TrainConfig(**settings))
    page = open_page("inside", run=run.run_id, unit="1:2", off="1:2")
    for part in parts:
        assert part in words(page)
    # Where there is no hidden unit, the URL cannot have switched one off.
    assert (in_url(page, "off") is None) == ("hidden_layers" in settings)
    store.delete(run.run_id)


def made_up(store: RunStore, config: TrainConfig) -> Run:
    """A run with weights that nobody trained."""
    run = make_run(f"made-up-{zlib.crc32(config.to_json().encode()):06x}", config=config, epochs=1)
    store.insert(run)
    store.files.save_checkpoint(run, make_checkpoint(1, config=config))
    return run


@pytest.fixture
def orphan(store: RunStore, home) -> Iterator[Run]:
    """A run whose dataset has been deleted."""
    train = load_mnist("train")
    images = ImageDataset("shapes", train.images[:300], train.labels[:300], DIGIT_NAMES)
    entry = Catalogue(home).add(SourceDataset(images), "Gone", "Deleted soon.")
    run = made_up(store, TrainConfig(hidden_size=6, dataset=entry.name))
    Catalogue(home).delete(entry.name)
    yield run
    store.delete(run.run_id)


def test_without_its_images_only_what_weights_say_is_shown(open_page: OpenPage, orphan: Run) -> None:
    page = open_page("inside", run=orphan.run_id, unit="1:3")
    assert "only what the weights themselves say" in words(page)
    assert "Unit 3 of hidden layer 1" in words(page)
    assert live_data(page, "inside_outgoing")
    assert not page.metric


def test_weights_that_are_gone_are_said_in_one_sentence(open_page: OpenPage, store: RunStore) -> None:
    run = make_run("made-up-gone", epochs=1)
    store.insert(run)
    page = open_page("inside", run=run.run_id)
    assert page.error
    assert "Hidden units" not in [header.value for header in page.header]
    store.delete(run.run_id)

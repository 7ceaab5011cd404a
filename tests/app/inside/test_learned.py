"""Inside: the lit network, hidden units, what is left without some, and what is said where something is missing."""

import base64
import io
import json
import re
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from core.analysis.percent import probability_percent
from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import DIGIT_NAMES, ImageDataset, SourceDataset
from core.data.mnist import load_mnist
from core.explain import survey
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.store import RunStore
from soak.fuzzed.asgi import ask
from tests.app.conftest import OpenPage, live_data
from tests.core.builders import make_checkpoint, make_run
from ui.digits.state import CanvasState, DrawnDigit
from ui.live.assets import routes
from ui.live.convolutions import filters_json
from ui.live.units import units_address
from ui.shell.resources import splits

APP = Starlette(routes=routes())


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


@pytest.mark.slow
def test_units_are_switched_off_one_after_another_and_on_again(open_page: OpenPage, store: RunStore) -> None:
    looks = store.summary(DEMO_RUN_ID).test_looks
    page = open_page("inside", run=DEMO_RUN_ID, unit="1:8", digit="3", off="1:64")
    assert "Labelled **0**. After its last epoch, the whole network reads **0**. Without the units" in words(page)
    assert numbers(page)["Without these"] == f"{accuracy_without(store, DEMO_RUN_ID, [64]):.2%}"
    click(page, "Switch it off")
    assert in_url(page, "off") == "1:8,1:64"
    assert numbers(page)["Without these"] == f"{accuracy_without(store, DEMO_RUN_ID, [8, 64]):.2%}"
    assert "5,000 validation images" in words(page)
    page.button(key="inside_on_1:64").click().run()
    assert in_url(page, "off") == "1:8"
    click(page, "Switch all on")
    assert in_url(page, "off") is None
    assert "No unit is switched off." in words(page)
    page.number_input(key="inside_number").set_value(20).run()
    assert in_url(page, "unit") == "1:20"
    # Switching off looks at validation images alone.
    assert store.summary(DEMO_RUN_ID).test_looks == looks


def test_what_excites_a_unit_most_is_what_it_says_most_about(open_page: OpenPage, store: RunStore) -> None:
    page = open_page("inside", run=DEMO_RUN_ID, unit="1:8")
    said = store.model(DEMO_RUN_ID).layers(splits().test.images)[1][:, 8]
    best = int(said.argmax())
    assert f"test digit {best}, labelled {splits().test.labels[best]}" in live_data(page, "inside_exciting")["figure"]
    assert f"**{(said > 0).mean():.2%}** of the test images" in words(page)
    captions = [picture.caption for image in page.get("image") for picture in image.proto.imgs]
    (made,) = re.findall(r"Made for it: (\d+\.\d+)\.", " ".join(captions))
    assert float(made) > said.max()


def test_what_the_url_says_is_checked_and_the_network_of_the_digit_is_drawn(open_page: OpenPage) -> None:
    page = open_page("inside", run=DEMO_RUN_ID, unit="9:9", off="1:1,zzz", digit="77777")
    said = "\n".join(warning.value for warning in page.warning)
    for part in ("none of them numbered 9", "such as 1\\:17, not “zzz”", "no test digit “77777”"):
        assert part in said
    assert (in_url(page, "unit"), in_url(page, "off")) == (None, None)
    picture = live_data(page, "inside_network")["picture"]
    assert '"terms": ["row ' in picture


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"hidden_layers": 0}, ("no hidden layer",)),
        (
            {"widths": (12, 6), "activation": "tanh"},
            ("All 12 units", "Summed along all paths through the later layers"),
        ),
        (
            {"architecture": "cnn", "hidden_size": 8},
            (
                "Through the convolutions",
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
        assert part in words(page) + "".join(header.value for header in page.header)
    # Where there is no hidden unit, the URL cannot have switched one off.
    assert (in_url(page, "off") is None) == ("hidden_layers" in settings)
    store.delete(run.run_id)


@pytest.mark.slow
def test_filters_are_handed_to_the_browser_at_every_kept_place(open_page: OpenPage, store: RunStore) -> None:
    config = TrainConfig(architecture="cnn", hidden_size=8)
    run = make_run("made-up-follow", config=config, epochs=2)
    store.insert(run)
    checkpoints = [make_checkpoint(epoch, config=config) for epoch in (1, 2)]
    for checkpoint in checkpoints:
        store.files.save_checkpoint(run, checkpoint)
    page = open_page("inside", run=run.run_id)
    data = live_data(page, "inside_convolutions")
    assert data["filters"] == filters_json(store.model(run.run_id))
    assert data["image"] == splits().test.images[0].tobytes().hex()
    answer = ask(APP, "GET", f"/{data['replay']['places']['1']}")
    found = json.loads(answer.body)
    assert [one["weight"]["shape"] for one in found] == [[8, 1, 5, 5], [16, 8, 5, 5]]
    kept = np.frombuffer(base64.b64decode(found[1]["weight"]["float32"]), "<f4").reshape(16, 8, 5, 5)
    np.testing.assert_allclose(kept, checkpoints[0].weights["convolutions.1.weight"], atol=1e-3)
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
    assert "only its weights can be shown" in words(page)
    assert "Unit 3 of hidden layer 1" in words(page)
    assert live_data(page, "inside_outgoing")
    assert not page.metric
    # Said by the first part that wants for them; the others say what they lack.
    assert len(page.error) == 1


def test_weights_that_are_gone_are_said_in_one_sentence(open_page: OpenPage, store: RunStore) -> None:
    run = make_run("made-up-gone", epochs=1)
    store.insert(run)
    page = open_page("inside", run=run.run_id)
    assert page.error
    assert "Hidden units" not in [header.value for header in page.header]
    store.delete(run.run_id)


def test_your_drawing_goes_through_the_network(open_page: OpenPage, store: RunStore) -> None:
    page = open_page("inside", run=DEMO_RUN_ID, lit_by="drawing", off="1:64")
    assert "You have not drawn anything for this run yet." in words(page)
    assert '"pixels": null' in live_data(page, "inside_network")["picture"]
    drawn = splits().test.images[8]
    page.session_state[f"{CanvasState.__module__}.{CanvasState.__qualname__}"] = CanvasState(
        last=DrawnDigit(drawn, DIGIT_NAMES)
    )
    page.run()
    assert "After its last epoch, the whole network reads **5**" in words(page)
    data = live_data(page, "inside_network")
    assert f'"pixels": "{drawn.tobytes().hex()}"' in data["picture"]
    answer = ask(APP, "GET", f"/{data['replay']['places']['3']}", query=data["replay"]["query"])
    chances = by_hand(store, 3, drawn, without=64)
    shown = json.loads(answer.body)
    outputs = [unit["words"] for unit in shown["units"] if unit["layer"] == 2]
    assert outputs == [f"Output {name}: {probability_percent(float(p))}" for name, p in enumerate(chances)]
    assert shown["pixels"] == drawn.tobytes().hex()


def by_hand(store: RunStore, epoch: int, image: np.ndarray, *, without: int) -> np.ndarray:
    """What the demo run's network says of an image after an epoch without one hidden unit."""
    weights, mean_and_std = weights_after(store, epoch)
    hidden = np.maximum((image.ravel() / 255 - mean_and_std[0]) / mean_and_std[1] @ weights[0].T + weights[1], 0)
    hidden[without] = 0
    powers = np.exp(hidden @ weights[2].T + weights[3])
    return powers / powers.sum()


def weights_after(store: RunStore, epoch: int) -> tuple[list[np.ndarray], tuple[float, float]]:
    model = dict(store.epoch_models(DEMO_RUN_ID))[epoch]
    names = ("layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias")
    return [model.weights[name] for name in names], (model.normalisation.mean, model.normalisation.std)


def test_units_of_an_earlier_epoch_are_a_picture_that_the_browser_asks_for(store: RunStore) -> None:
    address = units_address(DEMO_RUN_ID, [5, 64, 7], step=None, epoch=2, columns=2, dark=[7, 9])
    path, _, query = address.partition("?")
    answer = ask(APP, "GET", f"/{path}", query=query)
    picture = np.asarray(Image.open(io.BytesIO(answer.body)).convert("RGB")).astype(int)
    # Cells of 60 pixels: a margin of 2, and each weight on 2 × 2 of them.
    matrix = weights_after(store, 2)[0][0]
    for unit, top, left in ((5, 0, 0), (64, 0, 60), (7, 60, 0)):
        cell = picture[top + 2 : top + 58 : 2, left + 2 : left + 58 : 2]
        weights = matrix[unit].reshape(28, 28)
        strong = np.abs(weights) > 0.5 * np.abs(weights).max()
        assert np.array_equal((cell[..., 0] > cell[..., 2])[strong], (weights > 0)[strong])
        assert (cell.max() > 100) == (unit != 7)


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("network/demo/epoch/1", "image=abc", 400),
        ("network/demo/epoch/1", f"image={'A' * 1046}%3D%3D&off=1:999", 400),
        ("network/demo/epoch/99", "", 404),
        ("units/demo/epoch/1", "units=0,128&columns=2", 400),
        ("units/demo/epoch/1", "units=0", 400),
        ("units/demo/epoch/1", f"columns=2&units={','.join('1' * 201)}", 400),
        ("units/demo/late/1", "units=0&columns=2", 404),
        ("convolutions/demo/epoch/1", "", 400),
        ("convolutions/demo/epoch/99", "", 404),
    ],
)
def test_addresses_of_places_are_input_like_any_other(store: RunStore, path: str, query: str, status: int) -> None:
    answer = ask(APP, "GET", f"/live/{path}", query=query)
    assert answer.status == status
    assert b"Traceback" not in answer.body

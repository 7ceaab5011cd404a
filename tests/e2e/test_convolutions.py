"""A CNN’s convolutions, as the browser computes them, against the server’s: without a page of the dashboard."""

import re
from importlib.resources import files

import numpy as np
from playwright.sync_api import Browser, Page, expect

from core.config import TrainConfig
from core.data.dataset import Normalisation
from core.drawings.preprocessing import normalise
from core.models.numpy_model import NumpyModel
from tests.core.builders import make_weights
from ui.live.convolutions import filters_json

CONFIG = TrainConfig(architecture="cnn", hidden_size=4)
CAPTIONS = [{"title": f"{n}", "filters": "filters", "maps": "maps", "pooled": "pooled"} for n in (1, 2)]
TILE, GAP = 96, 6


def made_up(seed: int) -> NumpyModel:
    return NumpyModel("a-run", CONFIG, make_weights(CONFIG, seed), Normalisation(0.13, 0.31))


def mount(page: Page, data: dict) -> None:
    """The component alone, as Streamlit mounts it."""
    html, css, js = (
        files("ui.live").joinpath(f"convolutions.{kind}").read_text("utf-8") for kind in ("html", "css", "js")
    )
    page.route(
        "**/inside**",
        lambda route: route.fulfill(content_type="text/html", body=f"<meta charset=utf-8><style>{css}</style>{html}"),
    )
    page.route("**/script.js", lambda route: route.fulfill(content_type="text/javascript", body=js))
    page.goto("http://lab.test/inside?filter=3&filter_row=2&filter_column=99")
    page.evaluate("async data => (await import('/script.js')).default({ data, parentElement: document.body })", data)


def numbers(page: Page, part: str) -> list[float]:
    text = page.locator(f".conv-{part}").inner_text().replace("−", "-")
    return [float(number) for number in re.findall(r"[+-]?\d+\.\d{3}", text)]


def tile_of(page: Page, row: int, number: int, side: int) -> np.ndarray:
    """The grey of each number of a map, from the middle of its square."""
    left, top = (number % 8) * (TILE + GAP), (number // 8) * (TILE + GAP)
    greys = page.evaluate(
        """([row, left, top, size, side]) => {
          const pen = document.querySelectorAll(".conv-maps canvas")[row].getContext("2d");
          const { data } = pen.getImageData(left, top, size, size);
          const at = (place) => Math.floor(((place + 0.5) * size) / side);
          const greyOf = (row, column) => data[4 * (at(row) * size + at(column))];
          return Array.from({ length: side * side }, (_, n) => greyOf(Math.floor(n / side), n % side));
        }""",
        [row, left, top, TILE, side],
    )
    return np.array(greys).reshape(side, side)


def go_to(page: Page, name: str) -> None:
    """As the control of the training run does."""
    page.evaluate(
        """name => {
          window.digitlabReplay = { run: "a-run", name };
          window.dispatchEvent(new CustomEvent("digitlab:replay", { detail: window.digitlabReplay }));
        }""",
        name,
    )


def fail_once_and_come(page: Page) -> None:
    """Filters that do not come are said to be missing, and asked for again; those that are gone are not."""
    missing = page.get_by_text("The filters at this point of training could not be loaded")
    for name in "23":
        expect(missing).to_be_hidden()
        go_to(page, name)
        expect(missing).to_be_visible()
        assert page.locator(".live-convolutions").get_attribute("data-at") == "live/convolutions/a-run/epoch/1"
        go_to(page, "1")
    expect(missing).to_be_hidden()
    for name in "23":
        page.unroute(f"**/epoch/{name}")
    go_to(page, "3")
    expect(missing).to_be_visible()
    go_to(page, "2")
    page.wait_for_selector(".live-convolutions[data-at$='epoch/2']")
    expect(missing).to_be_hidden()


def test_maps_and_a_filter_at_any_place_are_those_of_the_server_without_asking_it(browser: Browser) -> None:
    last, first = made_up(1), made_up(2)
    image = np.random.default_rng(4).integers(0, 256, (28, 28), dtype=np.uint8)
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/live/convolutions/**", lambda route: route.fulfill(body=filters_json(first)))
    page.route("**/epoch/2", lambda route: route.abort())
    page.route("**/epoch/3", lambda route: route.fulfill(status=404))
    mount(
        page,
        {
            "image": image.tobytes().hex(),
            "mean": 0.13,
            "std": 0.31,
            "filters": filters_json(last),
            "replay": {
                "run": "a-run",
                "places": {name: f"live/convolutions/a-run/epoch/{name}" for name in "123"},
                "query": "",
            },
            "shows": ["maps", "filter"],
            "captions": CAPTIONS,
            "usual": {"filter": 0, "row": 10, "column": 10},
            "last": {"filter": 7, "row": 23, "column": 23},
            "positive": "#E69F00",
            "negative": "#0072B2",
            "frame": "#009E73",
        },
    )

    def agrees(model: NumpyModel, number: int, row: int, column: int) -> None:
        pixels = normalise(image[None], model.normalisation)
        one, two = model.convolutions(pixels)
        rows = [one.filtered, one.pooled, two.filtered, two.pooled]
        # The first row of pictures are the filters.
        for place, (maps, strongest) in enumerate(zip(rows, (one, one, two, two), strict=True), 1):
            grey = np.rint(255 * maps[0] / strongest.filtered.max())
            for which in (0, len(grey) - 1):
                np.testing.assert_allclose(tile_of(page, place, which, grey.shape[1]), grey[which], atol=1)
        patch = pixels.reshape(28, 28)[row : row + 5, column : column + 5]
        products = float((patch * model.weights["convolutions.0.weight"][number, 0]).sum(dtype=np.float64))
        bias = float(model.weights["convolutions.0.bias"][number])
        expected = [products, bias, products + bias, max(0, products + bias)]
        np.testing.assert_allclose(numbers(page, "sum"), expected, atol=2e-3)
        top, left = row // 2 * 2, column // 2 * 2
        block = one.filtered[0, number, top : top + 2, left : left + 2].ravel()
        np.testing.assert_allclose(numbers(page, "pool"), [*block, block.max()], atol=2e-3)

    # What the URL says and cannot be is as usual.
    agrees(last, 3, 2, 10)
    page.locator("[name=column]").fill("21")
    page.locator("[name=row]").fill("77")
    page.locator("[name=row]").press("Tab")
    assert page.locator("[name=row]").input_value() == "23"
    agrees(last, 3, 23, 21)
    assert page.evaluate("location.search") == "?filter=3&filter_row=23&filter_column=21"
    page.locator(".conv-image").press("ArrowLeft")
    agrees(last, 3, 23, 20)
    # A click lays its middle there: 7 pixels of the screen are one of the image.
    page.locator(".conv-image").click(position={"x": 7 * 12 + 3, "y": 7 * 6 + 3})
    agrees(last, 3, 4, 10)
    assert page.evaluate("location.search") == "?filter=3&filter_row=4"

    go_to(page, "1")
    page.wait_for_selector(".live-convolutions[data-at$='epoch/1']")
    agrees(first, 3, 4, 10)
    fail_once_and_come(page)

    page.locator("[name=row]").fill("23")
    page.locator("[name=column]").fill("21")
    page.get_by_role("button", name="Slide").click()
    page.wait_for_function("document.querySelector('[name=column]').value === '23'")
    page.get_by_role("button", name="Slide").wait_for()
    agrees(first, 3, 23, 23)
    assert not errors
    context.close()

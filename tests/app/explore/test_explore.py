from concurrent.futures import Future

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.analysis.tsne import TsneSoFar, tsne_part
from core.config import TrainConfig
from core.errors import EngineError
from ui.explore.filters import IMAGES, INDEX, INK, LABELS, LAYOUT, ORDER, PAGE, SLANT, VIEW
from ui.shell import series
from ui.shell.resources import splits


def texts(page) -> str:
    return "\n".join(element.value for element in (*page.markdown, *page.caption, *page.header, *page.subheader))


def warnings(page) -> list[str]:
    return [warning.value for warning in page.warning]


def choose(page, key: str, value):
    page.segmented_control(key=key).set_value(value).run()
    assert not page.exception, page.exception
    return page


def test_opens_from_cold_with_the_first_digits(open_page):
    page = open_page("explore")
    assert page.title[0].value == "Explore"
    assert "**55,000** of 55,000 training digits, page 1 of 550" in texts(page)
    assert "Label **5** · index **0** · training split" in texts(page)
    assert not warnings(page)


def test_a_deep_link_is_followed(open_page):
    page = open_page("explore", images="test", labels="7", index="17")
    sevens = int((splits().test.labels == 7).sum())
    assert f"**{sevens:,}** of 10,000 test digits" in texts(page)
    assert f"Label **{splits().test.labels[17]}** · index **17** · test split" in texts(page)
    assert not warnings(page)


def test_a_link_may_call_the_index_a_digit(open_page):
    page = open_page("explore", images="test", digit="247")
    assert "Label **4** · index **247** · test split" in texts(page)


def test_older_links_are_understood(open_page):
    page = open_page("explore", split="Test", shuffle="3")
    assert "test digits" in texts(page)
    assert page.number_input(key=ORDER).value == 3
    assert page.query_params == {IMAGES: "test", ORDER: "3"}
    assert not warnings(page)
    assert texts(open_page("explore", images="test", order="3")) == texts(page)
    assert "validation digits" in texts(open_page("explore", split="Test", images="validation"))


def test_a_range_in_a_link_is_followed(open_page):
    page = open_page("explore", ink=["10", "90"], slant=["-5", "-5"])
    assert page.slider(key=INK).value == (10, 90)
    assert page.slider(key=SLANT).value == (-5, -5)
    assert not warnings(page)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({VIEW: "Nope"}, "There is no view “Nope”"),
        ({IMAGES: "train"}, "There is no split “train”"),
        ({VIEW: "map", LAYOUT: "UMAP"}, "There is no layout “UMAP”"),
        ({LABELS: "12"}, "Labels are 0 to 9, not “12”."),
        ({INK: "50"}, "Ink must be two whole numbers"),
        ({SLANT: "steep"}, "Slant must be two whole numbers"),
        ({INK: ["90", "10"]}, "Ink must be two whole numbers from 0 to 100, the smaller one first."),
        ({SLANT: ["20", "-5"]}, "Slant must be two whole numbers from −45 to 45, the smaller one first."),
        ({SLANT: ["-5", "5", "20"]}, "Slant must be two whole numbers"),
        ({ORDER: "x3"}, "The shuffle seed must be a whole number, not “x3”."),
        ({PAGE: "zero"}, "The page must be a whole number"),
        ({PAGE: "2350"}, "There is no page 2,350; page 550 is the last."),
        ({INDEX: "60000"}, "The index must be from 0 to 59,999, not “60000”."),
        ({IMAGES: "test", INDEX: "10000"}, "The index must be from 0 to 9,999, not “10000”."),
        ({"digit": "1e3"}, "The digit must be from 0 to 59,999, not “1e3”."),
    ],
)
def test_a_bad_value_in_the_url_gets_one_sentence(open_page, query, sentence):
    page = open_page("explore", **query)
    assert len(warnings(page)) == 1
    assert sentence in warnings(page)[0]
    page.run()
    assert not warnings(page)


@pytest.mark.parametrize(("key", "ends", "whole"), [(INK, ["90", "10"], (0, 100)), (SLANT, ["20", "-5"], (-45, 45))])
def test_a_range_that_is_the_wrong_way_round_is_not_taken(open_page, key, ends, whole):
    page = open_page("explore", **{key: ends})
    assert page.slider(key=key).value == whole
    assert page.run().slider(key=key).value == whole
    assert "**55,000** of 55,000 training digits" in texts(page)


def test_filters_leave_what_fits(open_page):
    page = open_page("explore", images="test")
    page.pills(key=LABELS).set_value(["3", "8"])
    page.slider(key=INK).set_value((0, 50)).run()
    test = splits().test
    ink = test.images.mean(axis=(1, 2))
    expected = int((np.isin(test.labels, (3, 8)) & (ink <= np.quantile(ink, 0.5))).sum())
    shown = next(element.value for element in page.markdown if "test digits" in element.value)
    assert abs(int(shown.split("**")[1].replace(",", "")) - expected) <= 2


def test_nothing_left_says_what_to_do(open_page):
    page = open_page("explore", images="test")
    page.slider(key=SLANT).set_value((44, 44)).run()
    assert "Widen the range" in page.info[0].value


def test_shuffle_changes_the_order_and_goes_to_the_first_page(open_page):
    page = open_page("explore", images="test", grid_page="3")
    assert "page 3 of 100" in texts(page)
    next(button for button in page.button if button.label == "Shuffle").click().run()
    assert page.number_input(key=ORDER).value == 0
    assert "page 1 of 100" in texts(page)
    assert "index **0**" not in texts(page)


def test_the_index_reaches_every_image_of_the_file(open_page):
    page = open_page("explore")
    of_validation = int(splits().validation.file_indices[3])
    page.number_input(key=INDEX).set_value(of_validation).run()
    assert f"index **{of_validation:,}** · validation split" in texts(page)
    choose(page, IMAGES, "test")
    assert "index **0** · test split" in texts(page)


def test_statistics_name_the_split_and_the_normalisation(open_page):
    page = open_page("explore", view="statistics", images="validation")
    assert "The average digit, validation split" in texts(page)
    assert f"{splits().normalisation.mean:.4f}" in texts(page)
    assert page.dataframe[0].value["Test"].sum() == 10_000


def test_what_is_not_shown_is_not_computed(open_page, monkeypatch):
    for name in ("balance_of_splits", "class_images_of", "histogram_of"):
        monkeypatch.setattr(f"ui.explore.statistics.{name}", lambda *_: pytest.fail("computed for a hidden view"))
    monkeypatch.setattr("ui.explore.map.pca_points", lambda *_: pytest.fail("computed for a hidden view"))
    open_page("explore")


def test_the_map_by_pca_is_there_at_once_and_sliders_choose(open_page):
    page = open_page("explore", view="map")
    assert "3,000 training digits by PCA" in texts(page)
    page.slider(key="map_across").set_value((0, 10)).run()
    assert "digits chosen" in texts(page)


@pytest.fixture
def asked(monkeypatch):
    """What a worker was asked, each with its future: it answers when the test says so."""
    asked = []

    class Worker:
        def analyse(self, function, *arguments):
            asked.append((Future(), function, arguments))
            return asked[-1][0]

    monkeypatch.setattr(series, "engine", Worker)
    series._kept.clear()
    yield asked
    series._kept.clear()


def so_far() -> TsneSoFar:
    return TsneSoFar(np.zeros((3000, 2), np.float32), np.random.default_rng(0).normal(size=(3000, 2)))


@pytest.mark.slow
def test_tsne_is_made_by_a_worker_once_and_kept(open_page, asked):
    page = open_page("explore", view="map", layout="tsne", images="test")
    assert "3,000 test digits by PCA" in texts(page)
    other = open_page("explore", view="map", layout="tsne", images="test")
    assert "3,000 test digits by PCA" in texts(other)
    ((future, function, (_seed, before, images)),) = asked
    assert (function, before) == (tsne_part, None)
    assert images.shape == (3000, 28, 28)
    future.set_result(so_far())
    page.run()
    assert "3,000 test digits by PCA" in texts(page)
    for number in (1, 2, 3):
        future, _, (_, before, nothing) = asked[number]
        assert (before.points.shape, nothing) == ((3000, 2), None)
        future.set_result(so_far())
    for session in (page, other):
        assert "3,000 test digits by t-SNE" in texts(session.run())
    assert len(asked) == 4
    series._kept.clear()
    again = open_page("explore", view="map", layout="tsne", images="test")
    assert "3,000 test digits by t-SNE" in texts(again)
    assert len(asked) == 4


@pytest.mark.slow
def test_a_stopped_tsne_asks_for_no_more_and_leaves_pca(open_page, asked):
    page = open_page("explore", view="map", layout="tsne", images="validation")
    next(button for button in page.button if button.label == "Stop").click().run()
    assert "3,000 validation digits by PCA" in texts(page)
    assert asked[0][0].cancelled()
    page.run()
    assert len(asked) == 1
    next(button for button in page.button if button.label == "Compute the t-SNE map").click().run()
    assert len(asked) == 2


def test_a_failed_tsne_says_so_and_can_be_tried_again(open_page, asked):
    page = open_page("explore", view="map", layout="tsne", images="validation")
    asked[0][0].set_exception(EngineError("No worker is there."))
    page.run()
    page.run()
    assert page.error[0].value == "The t-SNE map could not be made: No worker is there."
    assert "3,000 validation digits by PCA" in texts(page)
    assert len(asked) == 1
    assert "Compute the t-SNE map" in [button.label for button in page.button]


def test_filters_survive_a_change_of_page(open_page):
    page = open_page("explore", images="test")
    page.pills(key=LABELS).set_value(["4"]).run()
    page.switch_page("runs.py").run()
    page.switch_page("explore.py").run()
    assert page.pills(key=LABELS).value == ["4"]
    assert "test digits" in texts(page)


@pytest.mark.slow
def test_its_filters_and_the_settings_of_a_training_leave_each_other_alone(open_page):
    page = open_page("explore", images="test")
    next(button for button in page.button if button.label == "Shuffle").click().run()
    page.switch_page("train.py").run()
    assert page.toggle(key="shuffle").value is True
    assert page.selectbox(key="split").value == "stratified"
    assert not warnings(page)
    page.toggle(key="shuffle").set_value(False).run()
    page.selectbox(key="split").set_value("in_order").run()
    page.switch_page("explore.py").run()
    assert "test digits" in texts(page)
    assert page.number_input(key=ORDER).value == 0
    assert not warnings(page)


def _keys(page: AppTest) -> set[str]:
    """Keys of all widgets on the page, and the names under which they are in the URL."""
    protos = [element.proto for element in page if hasattr(element, "proto")]
    bound = {getattr(proto, "query_param_key", "") for proto in protos}
    # A widget's id ends in its key, or in None.
    keys = {str(getattr(proto, "id", "")).split("-", 2)[-1] for proto in protos}
    return (bound | keys) - {"", "None"}


@pytest.mark.parametrize(
    ("name", "queries", "among_them"),
    [
        ("explore", ({VIEW: "browse"}, {VIEW: "statistics"}, {VIEW: "map"}), {IMAGES, ORDER, LAYOUT, "map_across"}),
        ("evaluate", ({"run": "demo"},), {"cells"}),
        ("errors", ({"run": "demo"},), {"sort", "page"}),
        ("draw", ({"run": "demo"}, {"source": "test"}), {"source"}),
        ("home", ({},), {"home_preset"}),
        ("datasets", ({},), {"datasets_chosen"}),
        ("runs", ({},), set()),
        ("learn", ({}, {"part": "walk"}, {"part": "words"}, {"part": "experiments"}), set()),
    ],
)
def test_no_page_calls_a_widget_as_train_calls_a_setting(open_page, name, queries, among_them):
    """Under one name the session would keep one value for both."""
    found = set().union(*(_keys(open_page(name, **query)) for query in queries))
    assert among_them <= found
    assert not found & set(TrainConfig.model_fields)

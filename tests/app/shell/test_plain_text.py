"""Names, titles and values that look like Markdown are shown as somebody typed them."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from core.config import TrainConfig
from core.runs.records import Run
from core.runs.store import RunStore
from tests.app.conftest import OpenPage, train_small
from ui.shell.words import escape_markdown

TYPED = "**b** [x](y) :red[z]"
SHOWN = escape_markdown(TYPED)


def words(page: AppTest) -> str:
    parts = (*page.markdown, *page.caption, *page.warning, *page.error, *page.header, *page.subheader)
    return "\n".join(str(part.value) for part in parts)


@pytest.fixture(scope="module")
def marked_run(store: RunStore) -> Iterator[Run]:
    """A run whose name is full of markup."""
    run = train_small(store, TrainConfig(hidden_size=8, epochs=1, training_size=500))
    store.rename(run.run_id, TYPED)
    yield store.get(run.run_id)
    store.delete(run.run_id)


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("train", {"epochs": TYPED}),
        ("train", {"dataset": TYPED}),
        ("train", {"run": TYPED}),
        ("train", {"start_from": TYPED}),
        ("evaluate", {"run": TYPED}),
        ("learn", {"part": "challenges", "challenge": TYPED}),
    ],
)
def test_a_value_from_the_url(open_page: OpenPage, page: str, query: dict[str, str]) -> None:
    opened = open_page(page, **query)
    assert SHOWN in words(opened)
    assert TYPED not in words(opened)


@pytest.mark.slow
def test_the_name_of_a_run_on_train(open_page: OpenPage, marked_run: Run) -> None:
    page = open_page("train", run=marked_run.run_id, start_from=marked_run.run_id)
    said = words(page)
    assert f"Run {SHOWN} · 784-8-10" in said
    assert f"Starts from run **{SHOWN}**" in said
    assert f"Run {SHOWN} is 784-8-10" in said
    assert TYPED not in said


@pytest.mark.slow
def test_the_name_of_a_run_on_evaluate_and_learn(open_page: OpenPage, store: RunStore, marked_run: Run) -> None:
    tuned = train_small(store, marked_run.config.replace(start_from=marked_run.run_id))
    assert f"continued from {SHOWN}" in words(open_page("evaluate", run=tuned.run_id))
    store.delete(tuned.run_id)
    assert f"The network of run {SHOWN}" in words(open_page("learn", part="walk", network=marked_run.run_id))


def test_an_error_of_the_core() -> None:
    def script() -> None:
        from core.errors import DataError
        from ui.shell.page import show_error

        show_error(DataError("The file **b** [x](y) :red[z] is empty."))

    (error,) = AppTest.from_function(script).run().error
    assert error.value == f"The file {SHOWN} is empty."

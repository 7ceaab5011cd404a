"""Challenges on the page: open until a real run solves them, with a link to settings to begin with."""

import pytest
from streamlit.testing.v1 import AppTest

from core.learn.challenges import CHALLENGES
from core.runs.store import RunStore
from core.training.local import train_here
from tests.app.conftest import OpenPage
from tests.core.learn.test_challenges import REACHED
from ui.shell.words import escape_markdown


def links(page: AppTest) -> list[str]:
    return [str(link.proto.label) for link in page.get("page_link")]


@pytest.mark.slow
def test_a_challenge_is_open_until_a_run_solves_it(open_page: OpenPage, store: RunStore) -> None:
    page = open_page("learn", part="challenges")
    assert not page.warning
    assert links(page).count("Start from here") == len(CHALLENGES)
    config = REACHED["zeros"][0]
    run = store.create(config)
    for _ in train_here(store, config, run.run_id):
        pass
    page.run()
    title = store.get(run.run_id).title
    assert f"Solved by {title}" in links(page)
    (solved,) = [link.proto for link in page.get("page_link") if link.proto.label == f"Solved by {title}"]
    assert (solved.page, solved.query_string) == ("evaluate", f"run={run.run_id}")
    assert {link.proto.page for link in page.get("page_link") if link.proto.label == "Start from here"} == {"train"}
    store.rename(run.run_id, "all *zeros*")
    page.run()
    assert f"Solved by {escape_markdown(store.get(run.run_id).title)}" in links(page)
    assert f"Solved by {title}" not in links(page)


def test_a_link_brings_a_challenge_first_with_its_hint(open_page: OpenPage) -> None:
    page = open_page("learn", part="challenges", challenge="best")
    headings = [text.value for text in page.markdown if text.value.startswith("## ")]
    assert "Ninety-nine" in headings[0]
    assert [expander.proto.expanded for expander in page.expander].count(True) == 1


@pytest.mark.parametrize("name", ["nothing", "BEST"])
def test_an_unknown_challenge_is_named(open_page: OpenPage, name: str) -> None:
    page = open_page("learn", part="challenges", challenge=name)
    assert f"“{name}”" in page.warning[0].value

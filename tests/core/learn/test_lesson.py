"""The lesson: seven steps with the notebook’s own lines, plans that add up, and a sheet for paper."""

import ast
from html.parser import HTMLParser

import pytest

from core.learn.lesson.plans import PLANS
from core.learn.lesson.sheet import sheet
from core.learn.lesson.steps import PURPOSE, REFLECTION, STEPS
from core.learn.snippets import lines_of, snippets


def test_the_steps_are_those_of_the_break_down_with_lines_of_the_notebook() -> None:
    assert len(STEPS) == 7
    lines = {line for snippet in snippets() for line in snippet.code.splitlines()}
    for step in STEPS:
        ast.parse(step.code)
        assert set(step.code.splitlines()) - {""} <= lines, step.name
        assert len(step.code.splitlines()) <= 14, step.name
    assert "loss.backward()" in STEPS[4].code
    assert "nn.Linear" in STEPS[3].code
    assert "shuffle=True" in STEPS[2].code
    assert "print(" in STEPS[6].code


def test_lines_that_have_gone_are_missed() -> None:
    assert lines_of("Q3", "test_dataset").startswith("test_dataset = datasets.MNIST(")
    with pytest.raises(ValueError, match="“nothing”"):
        lines_of("Q3", "test_dataset", "nothing")


@pytest.mark.parametrize("minutes", PLANS)
def test_a_plan_lasts_as_long_as_it_says_from_purpose_to_reflection(minutes: str) -> None:
    phases = PLANS[minutes]
    assert sum(phase.minutes for phase in phases) == int(minutes)
    assert "hope to learn" in phases[0].task
    assert phases[-1].title == "Reflect"
    assert len({phase.title for phase in phases}) == len(phases)


class Parts(HTMLParser):
    """Tags, texts and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.outside += [value or "" for name, value in attrs if name in ("src", "href", "style") or name[:2] == "on"]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("minutes", PLANS)
def test_the_sheet_is_one_page_of_its_own_and_escapes_what_it_is_given(minutes: str) -> None:
    address = 'http://lab.example/"><script>alert(1)</script>&amp;/'
    page = Parts()
    page.feed(sheet(minutes, address).decode())
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.tags)
    assert page.outside == []
    for phase in PLANS[minutes]:
        assert f"{address}{phase.target}" in page.text
        assert phase.task in page.text
    for question in (*PURPOSE, *REFLECTION):
        assert question in page.text
    assert "**" not in page.text
    assert "@page" in page.text

"""Inside with workers that answer when the test says so."""

from concurrent.futures import Future
from typing import ClassVar

import pytest
from streamlit.testing.v1 import AppTest

from ui.shell import series


class Worker:
    """Answers as many parts as the test allows, each by really computing it."""

    asked: ClassVar[list[tuple[Future, object, tuple]]] = []

    def analyse(self, function, *arguments) -> Future:
        self.asked.append((Future(), function, arguments))
        return self.asked[-1][0]

    def answer(self, most: int = 10_000) -> None:
        for future, function, arguments in self.asked:
            if not future.done() and most:
                future.set_result(function(*arguments))
                most -= 1


@pytest.fixture
def worker(monkeypatch):
    monkeypatch.setattr(Worker, "asked", [])
    monkeypatch.setattr(series, "engine", Worker)
    series._kept.clear()
    yield Worker()
    series._kept.clear()


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]

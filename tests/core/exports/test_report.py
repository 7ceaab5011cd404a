"""The report: one file, no network, and nothing in it runs that somebody typed."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.config import TrainConfig
from core.exports.report import report_bytes
from core.exports.subject import subject_of_path
from core.runs.archive import DEMO_DIRECTORY
from tests.core.exports.builders import NASTY, NASTY_CLASSES, make_subject


class Read(HTMLParser):
    """Scripts by type, all text outside of them, and whatever an element names in src or href."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.scripts: dict[str, list[str]] = {}
        self.words, self.sources, self.tags = "", [], []
        self._script: str | None = None
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = dict(attributes)
        self.sources += [named[name] for name in ("src", "href") if name in named]
        if tag == "script":
            self._script = named.get("type") or "text/javascript"
            self.scripts.setdefault(self._script, []).append("")

    def handle_endtag(self, tag: str) -> None:
        self._script = None

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts[self._script][-1] += data
        else:
            self.words += data


@pytest.fixture(scope="module")
def demo() -> Read:
    return Read(report_bytes(subject_of_path(DEMO_DIRECTORY, Path("/nowhere"))))


@pytest.mark.slow
def test_it_says_what_the_run_is(demo: Read) -> None:
    for words in ("97.80%", "98.03%", "101,770", "784-128-10", "Settings", "Batch size", "torch 2.14.1"):
        assert words in demo.words


def test_its_figures_are_data_and_plotly_is_there_once(demo: Read) -> None:
    figures = [json.loads(text) for text in demo.scripts["application/json"]]
    titles = [figure["layout"].get("title", {}).get("text", "") for figure in figures]
    assert titles[:2] == ["Loss", "Accuracy"]
    assert len(figures) == 5
    library, ours = demo.scripts["text/javascript"]
    assert len(library) > 1_000_000
    assert "Plotly.react" in ours
    lines = {trace["name"]: trace for trace in figures[0]["data"] if "name" in trace}
    assert lines["Validation"]


def test_it_asks_no_network(demo: Read) -> None:
    assert [source[:22] for source in demo.sources] == ["data:image/png;base64,"]
    assert "link" not in demo.tags


@pytest.mark.slow
def test_what_was_typed_is_shown_and_not_run() -> None:
    subject = make_subject(TrainConfig(hidden_size=4, dataset="gone-12345678"))
    plain = Read(report_bytes(subject))
    run = replace(subject.run, name=NASTY, notes=NASTY, reflection=NASTY, tags=(NASTY,), error=NASTY)
    read = Read(report_bytes(replace(subject, run=run)))
    assert read.words.count(NASTY) >= 5
    assert "What happened" in read.words
    assert "What I expected" not in read.words
    assert {name: len(found) for name, found in read.scripts.items()} == {
        name: len(found) for name, found in plain.scripts.items()
    }
    assert "b" not in read.tags[read.tags.index("body") : read.tags.index("div")]
    for text in read.scripts["application/json"]:
        assert not set("<>&") & set(text)
    assert "&lt;/script&gt;" in json.dumps([json.loads(text) for text in read.scripts["application/json"]])
    assert len(NASTY_CLASSES) == 11


def test_a_dataset_that_is_not_here_and_a_run_without_epochs_are_said() -> None:
    subject = make_subject(TrainConfig(hidden_size=4, dataset="gone-12345678"))
    read = Read(report_bytes(replace(subject, run=replace(subject.run, epochs=(), val_accuracy=None))))
    assert "gone-12345678, which is not here" in read.words
    assert "Its test images are not here." in read.words
    assert "application/json" not in read.scripts

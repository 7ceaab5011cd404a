"""Which scripts of Streamlit’s page are loaded before it asks for them."""

import re
from pathlib import Path
from typing import Any

import pytest
from streamlit import file_util

from soak.fuzzed.asgi import ask
from ui.shell.preload import PreloadScripts, preloaded

FOLDER = re.compile(r"<\./(static/js/[\w.-]+)>; rel=modulepreload; crossorigin")


def answering(kind: str) -> PreloadScripts:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]})
        await send({"type": "http.response.body", "body": b"what it was"})

    return PreloadScripts(answer)


@pytest.mark.parametrize("drawn", ["BidiComponent", "Html", "ButtonGroup", "Button"])
def test_what_draws_the_first_words_is_named_by_files_that_are_there(drawn):
    static = Path(file_util.get_static_dir())
    page = (static / "index.html").read_text()
    named = FOLDER.findall(preloaded())
    assert len(named) == len(preloaded().split(", "))
    assert [name for name in named if re.fullmatch(rf"static/js/{drawn}\.[\w-]+\.js", name)]
    for name in named:
        # What it imports is named as well, or the page loads it anyway.
        imported = re.findall(r'from"\./([\w.-]+)"', (static / name).read_text())
        assert all(f"static/js/{other}" in named or f"static/js/{other}" in page for other in imported)
        assert name not in page


def test_the_page_names_them_and_nothing_else_does():
    page = ask(answering("text/html; charset=utf-8"), "GET", "/train")
    assert (page.headers["link"], page.body) == (preloaded(), b"what it was")
    assert "link" not in ask(answering("text/javascript"), "GET", "/static/js/index.js").headers
    assert "link" not in ask(answering("text/html"), "GET", "/lab/api/v1/try").headers


def test_files_of_other_names_leave_the_page_as_it_is(monkeypatch):
    monkeypatch.setattr("ui.shell.preload.preloaded", lambda: "")
    assert "link" not in ask(answering("text/html"), "GET", "/").headers

"""A browser’s id: given with pages and nothing else, kept where there is one, and never taken for granted."""

import asyncio
import re
from pathlib import Path

import pytest
from streamlit.file_util import get_static_dir
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_handler

from soak.fuzzed.asgi import ask
from ui.shell.browser import COOKIE, KnowBrowsers

ID = "0123456789abcdef0123456789abcdef"


def cookies_set(kind: str, cookie: str = "", *, scheme: str = "http") -> list[str]:
    """What the middleware has a server set for an answer of this content type."""
    sent: list[dict] = []

    async def answer(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]})

    async def keep(message) -> None:
        sent.append(message)

    headers = [(b"cookie", cookie.encode())] if cookie else []
    asyncio.run(KnowBrowsers(answer)({"type": "http", "scheme": scheme, "headers": headers}, None, keep))
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]


def test_a_page_gives_an_id_that_no_script_reads() -> None:
    (first,), (second,) = cookies_set("text/html; charset=utf-8"), cookies_set("text/html; charset=utf-8")
    assert re.fullmatch(rf"{COOKIE}=[0-9a-f]{{32}}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax", first)
    assert first != second
    assert cookies_set("text/html", scheme="https")[0].endswith("; Secure")


def test_a_browser_keeps_the_id_that_it_has() -> None:
    assert cookies_set("text/html", f"theme=dark; {COOKIE}={ID}")[0].startswith(f"{COOKIE}={ID};")


@pytest.mark.parametrize("given", ["", "x" * 32, f"{ID}0", ID.upper(), "../etc/passwd", '"><script>'])
def test_what_cannot_be_an_id_is_replaced(given: str) -> None:
    (cookie,) = cookies_set("text/html", f"{COOKIE}={given}")
    assert re.match(rf"{COOKIE}=[0-9a-f]{{32}};", cookie)


@pytest.mark.parametrize("kind", ["text/javascript", "image/png", "application/json"])
def test_nothing_but_pages_gives_one(kind: str) -> None:
    assert cookies_set(kind) == []


def test_a_page_that_the_browser_has_kept_gives_one_as_well_and_a_kept_script_does_not() -> None:
    """Streamlit’s own answers, which no longer say what they are."""
    app = KnowBrowsers(create_streamlit_static_handler(get_static_dir(), None))
    page = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    page["if-none-match"] = ask(app, "HEAD", "/", headers=page).headers["etag"]
    for cookie, given in (("", rf"{COOKIE}=[0-9a-f]{{32}};"), (f"{COOKIE}={ID}", f"{COOKIE}={ID};")):
        kept = ask(app, "GET", "/", headers=page | {"cookie": cookie})
        assert (kept.status, "content-type" in kept.headers) == (304, False)
        assert re.match(given, kept.headers["set-cookie"])
    script = next((Path(get_static_dir()) / "static" / "js").glob("*.js")).name
    kept = ask(app, "GET", f"/static/js/{script}", headers={"accept": "*/*", "if-none-match": "*"})
    assert (kept.status, "set-cookie" in kept.headers) == (304, False)

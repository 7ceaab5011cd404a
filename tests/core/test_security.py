"""docs/SECURITY.md: every line of its tables names tests that are there; and the settings that it relies on."""

import re
import tomllib
from pathlib import Path

import pytest

from core.data.downloading.downloads import DOWNLOADS, find_download
from core.errors import DataError

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "SECURITY.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
LINES = [row for row in ROWS if "`tests/" in row]
HEADS = ("| Attack or fault", "| Who")


@pytest.mark.parametrize("row", LINES, ids=lambda row: row[2:50])
def test_every_test_that_a_line_names_is_there(row: str) -> None:
    named = re.findall(r"`(tests/[^`]+)`", row)
    for reference in named:
        path, _, function = reference.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert function, reference
        assert re.search(rf"^ *def {function}\(", text, re.MULTILINE), reference


def test_every_threat_names_a_test() -> None:
    threats = PAGE.partition("## What is defended")[2].partition("\n## ")[0]
    rows = [row for row in threats.splitlines() if row.startswith("| ") and not row.startswith(("| ---", *HEADS))]
    assert len(rows) > 20
    assert [row for row in rows if "`tests/" not in row] == []


def test_the_servers_own_settings() -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    server, client = settings["server"], settings["client"]
    assert server["address"] == "localhost"
    # What Streamlit does unless it is told otherwise: other origins are refused, uploads need a token of the session.
    assert not {"enableCORS", "enableXsrfProtection", "enableStaticServing", "enableAgentApi"} & server.keys()
    assert (client["showErrorDetails"], client["showErrorLinks"]) == ("none", False)
    assert settings["browser"]["gatherUsageStats"] is False


@pytest.mark.parametrize("name", ["http://169.254.169.254/latest", "file:///etc/passwd", "mnist ", "../mnist", ""])
def test_nothing_but_what_is_in_the_table_is_downloaded(name: str) -> None:
    with pytest.raises(DataError, match="There is no download called"):
        find_download(name)
    assert all("/" not in known and ":" not in known for known in DOWNLOADS)


def test_no_page_takes_an_address_to_fetch_from() -> None:
    """Another mirror, and other checksums, are for the command line alone."""
    for path in [*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]:
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\bmirror\s*=|checksums\s*=|urlopen|import (requests|httpx)", source), path

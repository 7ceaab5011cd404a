"""The colours that stylesheets name."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(("name", "setting"), [("primary", "primaryColor"), ("background", "backgroundColor")])
def test_named_colours_are_those_of_the_theme(name: str, setting: str) -> None:
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]
    style = (ROOT / "ui/shell/style.css").read_text(encoding="utf-8")
    found = re.search(rf"--digitlab-{name}: light-dark\((.*?), (.*?)\);", style)
    assert found is not None
    assert found.groups() == (theme["light"][setting], theme["dark"][setting])


def test_pages_name_no_colour_that_streamlit_names_inside_of_components_alone() -> None:
    pages = [path for path in (ROOT / "ui").rglob("*.py") if "var(--st-" in path.read_text(encoding="utf-8")]
    assert not pages

"""docs/SEEDS.md: nothing of the documents without a row, no row without a test that is there."""

import re
from pathlib import Path

import pytest

from core.learn.background import SECTIONS
from core.learn.experiments.catalogue import EXPERIMENTS
from core.learn.puzzles.catalogue import PUZZLES
from core.presets import PRESETS

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "SEEDS.md").read_text(encoding="utf-8")
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ") and not line.startswith("| It asks")]


@pytest.mark.parametrize("number", range(1, 32))
def test_every_question_has_a_row(number: int) -> None:
    assert sum(row.startswith(f"| Q{number} ") for row in ROWS) == 1


@pytest.mark.parametrize("slug", [puzzle.slug for puzzle in PUZZLES])
def test_every_puzzle_has_a_row(slug: str) -> None:
    assert any(f"puzzle={slug}`" in row for row in ROWS)


@pytest.mark.parametrize("name", [experiment.name for experiment in EXPERIMENTS])
def test_every_experiment_has_a_row(name: str) -> None:
    assert any(f"experiment={name}`" in row for row in ROWS)


@pytest.mark.parametrize("name", [preset.name for preset in PRESETS if preset.reproduces])
def test_every_preset_of_a_document_has_a_row(name: str) -> None:
    assert any(f"`{name}`" in row for row in ROWS)


@pytest.mark.parametrize("slug", [section.slug for section in SECTIONS])
def test_every_background_has_a_row(slug: str) -> None:
    assert any(f"about={slug}`" in row for row in ROWS)


@pytest.mark.parametrize("number", range(5))
def test_every_document_has_its_rows_and_nothing_is_put_off(number: int) -> None:
    _, chapter = TABLE.split(f"\n## 00{number}: ")
    assert chapter.split("\n## ")[0].count("\n| ") > 10
    assert not re.search(r"\b(?:to come|later|planned|not yet|TODO|TBD)\b", chapter, re.IGNORECASE)


def test_every_page_that_is_named_is_one() -> None:
    pages = {page.stem for page in (ROOT / "pages").glob("*.py")} | {"api", "class"}
    named = {path for row in ROWS for path in re.findall(r"`/([a-z]+)(?=[?`])", row.rsplit("|", 2)[-3])}
    assert named <= pages, named - pages


def test_every_link_opens_something_that_is_there() -> None:
    names = {experiment.name for experiment in EXPERIMENTS}
    slugs = {puzzle.slug for puzzle in PUZZLES}
    assert set(re.findall(r"experiment=([a-z_]+)", TABLE)) <= names
    assert set(re.findall(r"puzzle=([a-z-]+)", TABLE)) <= slugs
    assert set(re.findall(r"about=([a-z-]+)", TABLE)) <= {section.slug for section in SECTIONS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:40])
def test_every_row_names_a_test_and_every_path_is_there(row: str) -> None:
    _asked, where, tests = (cell.strip() for cell in row.strip("|").rsplit("|", 2))
    named = re.findall(r"`(tests/[^`]+)`", tests)
    assert named
    for reference in named:
        path, _, function = reference.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not function or re.search(rf"^def {function}\(", text, re.MULTILINE), reference
    for path in re.findall(r"`(core/[^`]+)`", where):
        assert (ROOT / path).exists(), path

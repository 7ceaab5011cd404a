"""Where the things that a lesson uses come from: MNIST, PyTorch, the perceptron; each a page of text with sources."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import DataError

FILE = Path(__file__).with_name("background.md")


@dataclass(frozen=True)
class Section:
    """One subject.

    Parameters
    ----------
    slug
        What links call it.
    text
        Markdown.
    shown_at
        Pages that show it, as ``page?name=value&…``, with the words of the link.
    sources
        Title and URL of what the text rests on.
    """

    slug: str
    title: str
    text: str
    shown_at: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]


def read_sections(text: str) -> tuple[Section, ...]:
    """Sections from ``# slug | title``, Markdown, then lines ``see | page | words`` and ``source | title | URL``.

    Raises
    ------
    DataError
        If a heading, a link or a source has not the parts that it needs.
    """
    return tuple(_section(part) for part in f"\n{text}".split("\n# ")[1:])


def section_named(slug: str) -> Section:
    """One of ``SECTIONS``; raises ``KeyError`` where there is none."""
    return {section.slug: section for section in SECTIONS}[slug]


def _section(text: str) -> Section:
    heading, *lines = text.splitlines()
    slug, title = _parts(heading, 2)
    marked = {mark: [line for line in lines if line.startswith(f"{mark} | ")] for mark in ("see", "source")}
    links = [_parts(line, 3)[1:] for line in marked["see"]]
    sources = [_parts(line, 3)[1:] for line in marked["source"]]
    body = "\n".join(line for line in lines if line not in {*marked["see"], *marked["source"]})
    return Section(
        slug,
        title,
        body.strip(),
        tuple((page, words) for page, words in links),
        tuple((words, url) for words, url in sources),
    )


def _parts(line: str, count: int) -> list[str]:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) != count or not all(parts):
        raise DataError(f"A line of {FILE.name} has {count} parts, unlike “{line}”.")
    return parts


SECTIONS = read_sections(FILE.read_text(encoding="utf-8"))

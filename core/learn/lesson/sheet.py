"""A lesson on paper: one HTML file without scripts or outside parts, for a browser to print."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.learn.lesson.plans import PLANS
from core.learn.lesson.steps import PURPOSE, REFLECTION, STEPS


def sheet(minutes: str, address: str) -> bytes:
    """The sheet of a plan, in UTF-8.

    Parameters
    ----------
    minutes
        A name of ``PLANS``.
    address
        Where this lab is, with a slash at the end, for links that can be typed; it is escaped like everything else.
    """
    page: str = _template().render(
        minutes=minutes,
        address=address,
        phases=PLANS[minutes],
        # Bold words are Markdown on the page.
        steps=[(step.title, [part.replace("**", "") for part in step.parts]) for step in STEPS],
        purpose=PURPOSE,
        reflection=REFLECTION,
    )
    return page.encode("utf-8", "replace")


@cache
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True
    )
    return environment.get_template("sheet.html.jinja")

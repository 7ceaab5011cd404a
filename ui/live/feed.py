"""What a page shows of something under way, told to the browser between two runs of the script.

A run of the script sends and draws everything. While a network learns, the browser asks a route of the app instead, and
changes only what is new in the page.
"""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ui.live.component import component


@dataclass(frozen=True)
class Texts:
    """Words that change in place: the last ones of each element that a selector finds.

    Parameters
    ----------
    selector
        Of CSS.
    texts
        One for each element, in the order of the page.
    """

    selector: str
    texts: Sequence[str]


@dataclass(frozen=True)
class Next:
    """Where news come from as soon as a button is pressed, while the script has yet to draw what it has begun.

    Parameters
    ----------
    button
        A selector of CSS.
    address
        Relative to the server’s root.
    """

    button: str
    address: str


@dataclass(frozen=True)
class News:
    """What there is to be shown now.

    Parameters
    ----------
    state
        The script runs again where it drew another one.
    versions
        By channel, what :func:`ui.live.version.show_when_new` should show.
    elements
        By key, parts of the data of elements: of figures, of the replay.
    share
        What the bar says: its selector, and how far it is, 0–1.
    """

    state: str
    versions: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    texts: Sequence[Texts] = ()
    share: tuple[str, float] | None = None

    def without(self, known: Mapping[str, str]) -> dict[str, Any]:
        """As the browser gets it, without the elements that it has already, by their keys and tags."""
        tagged = {key: {"tag": _tag(data), "data": data} for key, data in self.elements.items()}
        return {
            "state": self.state,
            "versions": self.versions,
            "elements": {key: element for key, element in tagged.items() if element["tag"] != known.get(key)},
            "texts": [asdict(texts) for texts in self.texts],
            "share": self.share,
        }


def follow(
    address: str | None, *, key: str, state: str, texts: Sequence[Texts] = (), following: Next | None = None
) -> None:
    """Ask for news at this address of the server, again and again; call it in the part of the page that they change.

    That part runs again where the news are of another state than it drew, and where there are none to be had.

    Parameters
    ----------
    address
        Relative to the server’s root; None where nothing is under way.
    state
        What this run of the script has drawn.
    texts
        Which words it has drawn where news change them: Streamlit leaves alone what it takes for unchanged.
    following
        What a button here begins.
    """
    data = {
        "address": address,
        "state": state,
        "texts": [asdict(words) for words in texts],
        "next": None if following is None else asdict(following),
    }
    component("feed")(key=key, data=data, on_changed_change=lambda: None)


def short(version: object) -> str:
    """A short text that is another one where something is written out differently."""
    return hashlib.sha256(repr(version).encode()).hexdigest()[:16]


def known_in(has: str) -> dict[str, str]:
    """Keys and tags of what the browser says that it has: ``key:tag,key:tag``."""
    return dict(pair.split(":", 1) for pair in has.split(",") if ":" in pair)


def _tag(data: Mapping[str, Any]) -> str:
    return f"{zlib.crc32(repr(data).encode()):08x}"

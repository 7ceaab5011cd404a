"""What a session keeps of its galleries and canvases."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class GalleryState:
    """Clicks in galleries, by the gallery's key.

    Parameters
    ----------
    clicks
        Checksum of the images that were clicked on, and the position.
    given
        Checksum of the images that were shown last, and the position that the page had chosen among them.
    """

    clicks: dict[str, tuple[int, int]] = field(default_factory=dict)
    given: dict[str, tuple[int, int | None]] = field(default_factory=dict)


@dataclass
class Drawing:
    """What is on one canvas.

    Parameters
    ----------
    strokes
        The component's own objects, oldest first.
    picture
        PNG; None before the browser has sent anything.
    start
        What the component was told to begin with.
    """

    strokes: list[dict[str, Any]] = field(default_factory=list)
    picture: bytes | None = None
    start: dict[str, Any] | None = None


@dataclass
class CanvasState:
    """Drawings, by the canvas's key."""

    drawings: dict[str, Drawing] = field(default_factory=dict)

    def drawing(self, key: str) -> Drawing:
        """The drawing under this key, empty if there was none."""
        return self.drawings.setdefault(key, Drawing())

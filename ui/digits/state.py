"""What a session keeps of its galleries and canvases."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
class MapState:
    """Lassos on maps, by the map's key.

    Parameters
    ----------
    lassoed
        Which images the map shows, and chosen positions among them, in order; they outlive a change of layout.
    """

    lassoed: dict[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)

    def chosen(self, key: str, images: str) -> tuple[int, ...]:
        """Positions that a lasso has chosen among these images; of others nothing is left."""
        if self.lassoed.get(key, ("", ()))[0] != images:
            self.lassoed[key] = (images, ())
        return self.lassoed[key][1]


@dataclass
class Drawing:
    """What is on one canvas.

    Parameters
    ----------
    strokes
        The component's own objects, oldest first.
    undone
        What an undo on the server has removed, oldest first.
    picture
        PNG; None where there is nothing to read.
    start
        What the component was told to begin with.
    number
        Tells this start from the last one: the browser takes an equal one for no change.
    heard
        What the browser sent last. It keeps saying so after a restart, until it has drawn that.
    class_names
        The classes that this was drawn for.
    """

    strokes: list[dict[str, Any]] = field(default_factory=list)
    undone: list[dict[str, Any]] = field(default_factory=list)
    picture: bytes | None = None
    start: list[dict[str, Any]] = field(default_factory=list)
    number: int = 0
    heard: dict[str, Any] | None = None
    class_names: tuple[str, ...] | None = None

    def hear(self, sent: dict[str, Any] | None, picture: bytes | None) -> None:
        """Take over what the browser has sent, if it is news."""
        if picture is None or sent is None or sent == self.heard:
            return
        self.heard = sent
        strokes = sent.get("objects", [])
        if len(strokes) > len(self.strokes):
            self.undone = []
        self.strokes, self.picture = strokes, picture

    def restart(self, strokes: list[dict[str, Any]]) -> None:
        """Have the canvas drawn again with these strokes and no others."""
        self.strokes, self.start = strokes, strokes
        self.number += 1
        if not strokes:
            self.picture = None

    def undo(self) -> None:
        """Take the last stroke off."""
        if self.strokes:
            self.undone = [*self.undone, self.strokes[-1]]
            self.restart(self.strokes[:-1])

    def redo(self) -> None:
        """Put back what was removed last."""
        if self.undone:
            last = self.undone.pop()
            self.restart([*self.strokes, last])

    def clear(self) -> None:
        """Begin again with nothing."""
        self.undone = []
        self.restart([])

    def belong_to(self, class_names: tuple[str, ...]) -> None:
        """Begin again if this was drawn for other classes."""
        if self.class_names is not None and self.class_names != class_names and self.strokes:
            self.clear()
        self.class_names = class_names


@dataclass(frozen=True, eq=False)
class DrawnDigit:
    """What was drawn, uint8 ``(28, 28)`` as the network got it, and the classes that it was drawn for."""

    image: NDArray[np.uint8]
    class_names: tuple[str, ...]


@dataclass
class CanvasState:
    """Drawings, by the canvas's key, and the digit that was drawn last on any of them."""

    drawings: dict[str, Drawing] = field(default_factory=dict)
    last: DrawnDigit | None = None

    def drawing(self, key: str) -> Drawing:
        """The drawing under this key, empty if there was none."""
        return self.drawings.setdefault(key, Drawing())

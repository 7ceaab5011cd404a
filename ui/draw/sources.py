"""Where Draw gets its ink from: the canvas, a picture, the camera or a test digit."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.dataset import ImageDataset
from core.drawings.pictures import MAX_BYTES, PICTURE_EXTENSIONS, read_picture
from core.errors import UploadError
from core.runs.records import Run
from ui.choices.run import choose_run
from ui.digits.canvas import BRUSH_WIDTH, draw_canvas
from ui.digits.places import places_above
from ui.shell.url import bound, checked_param, choice
from ui.shell.url_values import whole_number
from ui.shell.words import escape_markdown, item

CANVAS = "draw_canvas"
MANY = "many"
_MOST_TEST_IMAGES = 100_000
_SOURCE, _DIGIT, _BRUSH = "source", "digit", "brush"
_BRUSHES = (8, 36)
_ENLARGED = 280
_NO_INK = "No ink was found in this picture: it needs light strokes on dark or dark strokes on light."
_LONGEST_NAME = 60
_NO_CAMERA = (
    "Browsers open the camera only on pages that begin with https:// or run on this machine (localhost): take the "
    "photo with your camera app and upload it under “Picture”."
)


@dataclass(frozen=True, eq=False)
class Ink:
    """uint8 ``(H, W)``, 255 where a stroke is.

    Parameters
    ----------
    true_label
        Its label, where that is known.
    without_ink
        What to say if no stroke is there; None for the usual words, an empty text where all has been said.
    """

    pixels: NDArray[np.uint8]
    true_label: int | None = None
    without_ink: str | None = None


def check_source_params(test: ImageDataset | None, run: Run) -> None:
    """Name what is wrong with the test image in the URL, and take it out."""
    test_images, what = _MOST_TEST_IMAGES if test is None else len(test), item(run.class_names)
    checked_param(
        _DIGIT,
        whole_number(0, test_images - 1),
        f"There is no test {what} “{{value}}”: they are numbered from 0 to {test_images - 1:,}.",
    )


def choose_source() -> str:
    """``draw``, ``upload``, ``many``, ``camera`` or ``test``; also in the URL."""
    return str(st.segmented_control("Source", required=True, wrap=True, **choice(_SOURCE)))


def choose_source_and_run() -> tuple[str, Run]:
    """Where the ink comes from, and who reads it; side by side, as the drawing and its reading are."""
    left, right = places_above("draw_choices")
    with right:
        run = choose_run()
    with left:
        return choose_source(), run


def ink_from(source: str, test: ImageDataset | None, class_names: tuple[str, ...]) -> Ink | None:
    """Show the source's own widgets and return what they hold.

    Parameters
    ----------
    test
        The test images of the run; None if they are gone.
    class_names
        What the network that reads it can tell apart.

    Raises
    ------
    UploadError
        If the picture cannot be used.
    """
    what = item(class_names)
    if source == "test":
        return None if test is None else _ink_of_test_image(test, what)
    if source == "draw":
        return _ink_of_canvas(what, class_names)
    return _ink_of_picture(source, what)


def _ink_of_canvas(what: str, class_names: tuple[str, ...]) -> Ink | None:
    default: dict[str, Any] = {} if _BRUSH in st.session_state else {"value": BRUSH_WIDTH}
    above = st.container()
    brush = st.slider(
        "Brush size",
        *_BRUSHES,
        key=_BRUSH,
        help="10 is the width of one of the network’s pixels. Applies to the next stroke.",
        persist_state="session",
        **default,
    )
    with above:
        pixels = draw_canvas(key=CANVAS, stroke_width=brush, what=what, class_names=class_names)
    return None if pixels is None else Ink(pixels)


def _ink_of_picture(source: str, what: str) -> Ink | None:
    """A file or a photo; both are read in the same way."""
    if source == "camera" and not _may_use_camera():
        st.info(_NO_CAMERA, icon=":material/no_photography:")
        return None
    if source == "camera":
        picture = st.camera_input(f"Photo of one {what}", help="The photo is sent only to this server and is not kept.")
    else:
        picture = st.file_uploader(
            f"Picture of one {what}", type=list(PICTURE_EXTENSIONS), max_upload_size=MAX_BYTES // 1_000_000
        )
        st.caption("Dark on light or light on dark, scan or photo, at a phone’s full resolution.")
    if picture is None:
        return None
    try:
        return Ink(read_picture(picture.getvalue()), without_ink=_NO_INK)
    except UploadError as error:
        if source == "camera":
            raise
        raise UploadError(f"“{_short(picture.name)}”: {error}") from None


def _may_use_camera() -> bool:
    """Whether browsers let this page use a camera: they do on https, and on the machine itself."""
    address = urlsplit(st.context.url or "")
    host = address.hostname or ""
    is_this_machine = host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")
    return address.scheme != "http" or is_this_machine


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _ink_of_test_image(test: ImageDataset, what: str) -> Ink:
    remembered = st.session_state.get(_DIGIT)
    # Other pages number other images under the same name.
    if remembered is not None and not 0 <= remembered < len(test):
        st.session_state[_DIGIT] = 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        index = int(st.number_input(f"Test {what}", 0, len(test) - 1, step=1, **bound(_DIGIT)))
        st.button("Random", icon=":material/shuffle:", on_click=_choose_any, args=(len(test),))
    label = int(test.labels[index])
    st.image(
        np.repeat(np.repeat(test.images[index], 10, axis=0), 10, axis=1),
        width=_ENLARGED,
        caption=f"Test {what} {index:,}, labelled {escape_markdown(test.class_names[label])}",
        alt=f"Test {what} {index}, labelled {test.class_names[label]}.",
    )
    return Ink(test.images[index], label)


def _choose_any(count: int) -> None:
    st.session_state[_DIGIT] = int(np.random.default_rng().integers(count))

"""Whether pictures are brought to MNIST’s form as they are imported, and what they were before."""

import streamlit as st

from core.data.importing.form import Form
from core.data.importing.report import ImportPreview
from core.figures.montage import digit_montage
from ui.datasets.state import DatasetsState
from ui.digits.gallery import show_montage
from ui.shell.state import page_state


def chosen_form(files: str) -> Form | None:
    """What somebody chose for these files; None as long as nobody has."""
    return page_state(DatasetsState).forms.get(files)


def choose_form(source: str, files: str, preview: ImportPreview) -> None:
    """The switch, where pictures were read: they are read again with every turn of it."""
    if preview.form is None:
        return
    key = f"import_form_{source}"
    st.session_state[key] = preview.form is Form.MNIST
    st.toggle(
        "Convert to MNIST’s form",
        key=key,
        on_change=_choose,
        args=(key, files),
        help="Finds the ink, crops it, scales it to 20 pixels and centres it in 28×28, light on dark, as Draw does. "
        "Switch it off for pictures that fill their frame, such as clothing.",
    )


def show_before(source: str, preview: ImportPreview) -> None:
    """The first picture of each class as it was brought."""
    if preview.before is None:
        return
    shown = preview.before[:10]
    st.caption("Originals")
    figure = digit_montage(shown, [f"picture {number}, before" for number in range(1, len(shown) + 1)], columns=10)
    show_montage(figure, key=f"import_before_{source}", alt=f"{len(shown)} pictures as they were, one of each class")
    st.caption("In MNIST’s form")


def _choose(key: str, files: str) -> None:
    page_state(DatasetsState).forms[files] = Form.MNIST if st.session_state[key] else Form.AS_IS

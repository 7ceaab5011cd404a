"""The link of what is shown, to be copied or scanned: a button in the frame of every page."""

import io
from typing import Final
from urllib.parse import urlencode, urlsplit

import streamlit as st

from ui.live.copy import Copied, show_copy_buttons

_KEY: Final = "share"
_PIXELS, _QUIET_ZONE = 6, 4
"""Of each module, and modules around the code, as its standard asks for."""
_HERE_ONLY: Final = ("localhost", "127.0.0.1", "::1")


def show_share() -> None:
    """The button; what it opens is made when it is opened, so that it says what the URL says then."""
    st.fragment(_show_button)()


def page_link_of(query: dict[str, list[str]] | None = None) -> str:
    """The address of this page as the browser has it, with what its URL says, or with this query instead."""
    if query is None:
        query = {name: st.query_params.get_all(name) for name in st.query_params}
    root = st.context.url or ""
    said = urlencode(query, doseq=True, safe=",:")
    return f"{root}?{said}" if said else root


def show_link(link: str, *, key: str) -> None:
    """A link to be read, copied and scanned."""
    show_copy_buttons([Copied("Copy link", text=link)], key=f"{key}_copy")
    picture = qr_code(link)
    if picture is None:
        st.caption("This link is too long for a QR code: copy it.")
    else:
        st.image(picture, width=240, alt=f"QR code of {link}")
    st.code(link, language=None, wrap_lines=True)
    if urlsplit(link).hostname in _HERE_ONLY:
        st.caption(
            "It opens on this machine only. For others, start Digit Lab with `--server.address 0.0.0.0`, and open it "
            "here by this machine’s name or address."
        )


@st.cache_data(max_entries=200, show_spinner=False)
def qr_code(text: str) -> bytes | None:
    """A PNG, black on white with its margin also where the page is dark; None for a text that is too long for one."""
    import segno

    try:
        code = segno.make_qr(text, error="m", boost_error=False)
    except segno.DataOverflowError:
        return None
    picture = io.BytesIO()
    code.save(picture, kind="png", scale=_PIXELS, border=_QUIET_ZONE, dark="black", light="white")
    return picture.getvalue()


def _show_button() -> None:
    with st.container(key=_KEY):
        box = st.popover("Share", icon=":material/share:", key=f"{_KEY}_opened", on_change="rerun")
        if box.open:
            with box:
                st.markdown("**This page, as it is now**")
                show_link(page_link_of(), key=_KEY)

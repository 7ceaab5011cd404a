"""Links from Learn to the pages and settings that it speaks of."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import streamlit as st

_HERE = "learn"


def link_to(target: str, label: str, *, key: str) -> None:
    """A link to a page, given as ``page?name=value&…``."""
    page, query = split_target(target)
    if page == _HERE:
        # A link to the page that is shown would show other content, but leave the old address in the browser.
        st.button(label, icon=":material/arrow_forward:", type="tertiary", on_click=_open, args=(query,), key=key)
        return
    st.page_link(f"{page}.py", label=label, icon=":material/arrow_forward:", query_params=dict(query))


def split_target(target: str) -> tuple[str, Mapping[str, str]]:
    """``train?epochs=3`` → ``("train", {"epochs": "3"})``."""
    page, _, query = target.partition("?")
    return page, dict(parse_qsl(query, keep_blank_values=True))


def _open(query: Mapping[str, str]) -> None:
    st.query_params.from_dict(dict(query))

"""Links from Learn to the pages and settings that it speaks of."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import streamlit as st


def link_to(target: str, label: str) -> None:
    """A link to a page, given as ``page?name=value&…``."""
    page, query = split_target(target)
    st.page_link(f"{page}.py", label=label, icon=":material/arrow_forward:", query_params=dict(query))


def split_target(target: str) -> tuple[str, Mapping[str, str]]:
    """``train?epochs=3`` → ``("train", {"epochs": "3"})``."""
    page, _, query = target.partition("?")
    return page, dict(parse_qsl(query, keep_blank_values=True))

"""Columns that stand below each other where they would be too narrow."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def side_by_side(*shares: int, key: str, least: int = 300) -> list[DeltaGenerator]:
    """Columns with these shares of the width; below each other where one had fewer than ``least`` pixels.

    Streamlit's own do so on phones only, and are squeezed on tablets.
    """
    with st.container(key=key):
        st.html(
            f"<style>.st-key-{key} > div > [data-testid=stHorizontalBlock], "
            f".st-key-{key} > [data-testid=stHorizontalBlock] {{ flex-wrap: wrap; row-gap: 1rem; }} "
            f".st-key-{key} > div > [data-testid=stHorizontalBlock] > [data-testid=stColumn], "
            f".st-key-{key} > [data-testid=stHorizontalBlock] > [data-testid=stColumn] "
            f"{{ min-width: min(100%, {least}px); }}</style>"
        )
        return st.columns(shares, gap="medium")

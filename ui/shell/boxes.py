"""A box that can be opened, and is open where the URL says so."""

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from ui.shell.url import write_param
from ui.shell.url_bindings import goes_through_history


def linked_box(label: str, *, icon: str, key: str, param: str) -> ExpanderContainer:
    """An expander that follows a parameter of the URL, and takes it out when it is closed; opening it runs the script.

    The code that fills the open one writes the parameter: ``box.open`` says whether it is.

    Parameters
    ----------
    label, icon, key
        As of ``st.expander``.
    param
        Name of the parameter.
    """
    if goes_through_history():
        st.session_state[key] = param in st.query_params
    box = st.expander(label, icon=icon, key=key, expanded=param in st.query_params, on_change="rerun")
    if not box.open:
        write_param(param)
    return box

"""Streamlit's own record of which widget writes which parameter; nothing but this module reaches into it."""

from contextlib import AbstractContextManager

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.query_params import QueryParams


def kept_params() -> AbstractContextManager[QueryParams]:
    """The session's record, locked while it is used."""
    context = get_script_run_ctx()
    assert context is not None, "only the script of a page has a URL"
    return context.session_state.query_params()


def release(name: str) -> bool:
    """Take a parameter away from its widget; whether it had one."""
    with kept_params() as params:
        binding = params.get_binding_for_param(name)
        if binding is not None:
            params.unbind_widget(binding.widget_id)
    return binding is not None


def goes_through_history() -> bool:
    """Whether this run is a Back or a Forward: then a choice that the URL leaves out is at its default."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation

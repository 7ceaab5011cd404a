"""Unexpected failures: a calm message on the page, the traceback in a log file."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import streamlit as st

from core.errors import ConfigError, DigitLabError

LOG_FILE = "digitlab.log"
_LOG_BYTES = 2_000_000
CALM_MESSAGE = (
    "Something went wrong on this page, and it is not your fault. Reload to try again; your runs are safe. The details "
    "are in the server’s log."
)
logger = logging.getLogger("digitlab")
pages_logger = logging.getLogger("digitlab.pages")


def on_script_error(error: Exception) -> bool:
    """Show an expected failure in its own words, any other as one calm message with its traceback in the log.

    True says that it has been dealt with.
    """
    if isinstance(error, DigitLabError):
        from ui.shell.page import show_error

        show_error(error)
        return True
    pages_logger.error("A page failed.", exc_info=error)
    st.error(CALM_MESSAGE, icon=":material/error:")
    return True


def start_log(home: Path) -> None:
    """Send the product's log to ``home/digitlab.log`` (at most 2 × 2 MB), and what went wrong to the terminal as well.

    Raises
    ------
    ConfigError
        If nothing can be written there.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        to_file = RotatingFileHandler(home / LOG_FILE, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"Nothing can be written to {home}: {error.strerror}. Set DIGITLAB_HOME to another folder."
        ) from error
    to_terminal = logging.StreamHandler()
    to_terminal.setLevel(logging.WARNING)
    # Of a page that failed Streamlit prints the traceback itself.
    to_terminal.addFilter(lambda record: record.name != pages_logger.name)
    for handler in (to_file, to_terminal):
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False

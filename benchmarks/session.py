"""A visitor without a browser: speaks Streamlit's own protocol over its WebSocket."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

_FULL_RUN = ForwardMsg.FINISHED_SUCCESSFULLY
_FRAGMENT_RUN = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


class Session:
    """One visit. Like a browser, it names the messages that it has kept, so that the server need not send them again.

    Attributes
    ----------
    query
        What stands after the ``?`` in its address bar.
    text
        Bodies of the markdown elements and values of the metrics of the last run.
    """

    def __init__(self, socket: ClientConnection, page: str, query: str) -> None:
        self._socket, self._page, self.query = socket, page, query
        self._page_hash = ""
        self._kept: set[str] = set()
        self._values: dict[str, WidgetState] = {}
        self._widgets: dict[tuple[str, str], str] = {}
        self.text: list[str] = []

    @classmethod
    @contextmanager
    def open(cls, url: str, page: str = "", query: str = "", cookie: str = "") -> Iterator[Self]:
        """Visit a page of the server at ``url``, with a cookie if there is one, and wait until its script has run."""
        address = url.replace("http://", "ws://") + "/_stcore/stream"
        headers = {"Cookie": cookie} if cookie else None
        with connect(
            address,
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            open_timeout=60,
            # A server that is busy for long is slow, not gone.
            ping_interval=None,
            additional_headers=headers,
        ) as socket:
            session = cls(socket, page, query)
            session.rerun()
            yield session

    def rerun(self) -> float:
        """Run the whole page again; return the seconds from asking to the end of the script."""
        self.text.clear()
        return self._run("", _FULL_RUN)

    def click(self, label: str) -> float:
        """Press the button with this label."""
        state = WidgetState(id=self._widgets["button", label], trigger_value=True)
        return self._run("", _FULL_RUN, extra=[state])

    def set_value(self, kind: str, label: str, **value: Any) -> float:
        """Set a widget, for instance ``("number_input", "Seed", double_value=3)``."""
        widget_id = self._widgets[kind, label]
        self._values[widget_id] = WidgetState(id=widget_id, **value)
        return self.rerun()

    def replay(self, message: bytes) -> float:
        """Send the values and the fragment that a browser sent to the same page; return the seconds that it took."""
        sent = BackMsg.FromString(message).rerun_script
        expected = _FRAGMENT_RUN if sent.fragment_id else _FULL_RUN
        return self._run(sent.fragment_id, expected, extra=list(sent.widget_states.widgets))

    def _run(self, fragment_id: str, expected: int, extra: list[WidgetState] | None = None) -> float:
        state = ClientState(
            query_string=self.query,
            page_script_hash=self._page_hash,
            page_name="" if self._page_hash else self._page,
            fragment_id=fragment_id,
            is_auto_rerun=bool(fragment_id),
            cached_message_hashes=self._kept,
        )
        state.widget_states.widgets.extend([*self._values.values(), *(extra or [])])
        started = time.perf_counter()
        self._socket.send(BackMsg(rerun_script=state).SerializeToString())
        while True:
            message = ForwardMsg.FromString(self._socket.recv(timeout=120))  # type: ignore[arg-type]
            if self._take(message) == expected:
                return time.perf_counter() - started

    def _take(self, message: ForwardMsg) -> int | None:
        """Keep what is needed of a message; return the status of the script if it says that one has ended."""
        if message.metadata.cacheable and message.hash:
            self._kept.add(message.hash)
        match message.WhichOneof("type"):
            case "navigation":
                self._page_hash = message.navigation.page_script_hash
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "delta" if message.delta.WhichOneof("type") == "new_element":
                self._note(message.delta.new_element)
            case "script_finished":
                return int(message.script_finished)
        return None

    def _note(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        widget = getattr(element, kind)
        if kind == "markdown":
            self.text.append(widget.body)
        elif kind == "metric":
            self.text.append(f"{widget.label}: {widget.body}")
        if getattr(widget, "id", "") and getattr(widget, "label", ""):
            self._widgets[kind, widget.label] = widget.id

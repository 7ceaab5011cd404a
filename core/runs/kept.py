"""Answers of the database that are kept until something in it changes."""

import sqlite3
import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine

_MOST = 256
"""Answers; nobody asks for as many between two changes."""
Answer = TypeVar("Answer")


class KeptAnswers:
    """What SQLite has answered since the last change, by whichever process; of other databases nothing is kept.

    SQLite tells a connection when another one has changed the file, for less than a hundredth of the time that it takes
    to look through ten thousand runs: https://www.sqlite.org/pragma.html#pragma_data_version.
    """

    def __init__(self, database: Engine) -> None:
        name = database.url.database or ""
        self._file = name if database.dialect.name == "sqlite" and Path(name).is_file() else None
        self._lock = threading.Lock()
        self._watching: sqlite3.Connection | None = None
        self._version: int | None = None
        self._answers: dict[Hashable, Any] = {}

    def get(self, question: Hashable, ask: Callable[[], Answer]) -> Answer:
        """What ``ask()`` gives, or gave since the last change; nobody may change it."""
        # Before it is asked: what changes meanwhile makes the answer newer than it counts for, never older.
        with self._lock:
            version = self._look()
            if question in self._answers:
                found: Answer = self._answers[question]
                return found
        answer = ask()
        with self._lock:
            if version is not None and version == self._version and len(self._answers) < _MOST:
                self._answers[question] = answer
        return answer

    def close(self) -> None:
        """Watch the file no longer."""
        with self._lock:
            self._answers.clear()
            self._version = None
            if self._watching is not None:
                self._watching.close()
                self._watching = None

    def _look(self) -> int | None:
        """The number of changes that were seen; what was answered before the last of them is forgotten."""
        if not self._file:
            return None
        if self._watching is None:
            # One that never writes: a connection is not told of its own changes.
            self._watching = sqlite3.connect(self._file, check_same_thread=False)
        version: int = self._watching.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._answers.clear()
            self._version = version
        return version

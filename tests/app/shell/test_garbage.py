"""What the collection of garbage passes over."""

import gc
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from ui.shell import garbage


@pytest.fixture(autouse=True)
def nothing_frozen_yet() -> Iterator[None]:
    garbage._frozen.clear()
    yield
    garbage._frozen.clear()


def is_looked_through(thing: object) -> bool:
    """Of what is frozen the collector keeps no list that anybody sees."""
    return any(one is thing for one in gc.get_objects())


def test_what_imports_leave_is_frozen_once_they_have_been_frozen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    first: list[object] = []
    garbage.freeze_new_imports()
    assert is_looked_through(first), "a process of its own decides for itself"
    garbage.freeze_imports()
    assert not is_looked_through(first)

    later: list[object] = []
    garbage.freeze_new_imports()
    assert is_looked_through(later), "nothing has been imported since"
    monkeypatch.setitem(sys.modules, "imported_later", ModuleType("imported_later"))
    garbage.freeze_new_imports()
    assert not is_looked_through(later)
    last: list[object] = []
    garbage.freeze_new_imports()
    assert is_looked_through(last)

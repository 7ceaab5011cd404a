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


def test_what_imports_leave_is_frozen_once_they_have_been_frozen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [[] for _ in range(1_000)]  # type: ignore[var-annotated]
    before = gc.get_freeze_count()
    garbage.freeze_new_imports()
    assert gc.get_freeze_count() <= before, "a process of its own decides for itself"
    garbage.freeze_imports()
    first = gc.get_freeze_count()
    assert first >= before + len(kept)

    later = [[] for _ in range(1_000)]  # type: ignore[var-annotated]
    garbage.freeze_new_imports()
    assert gc.get_freeze_count() <= first, "nothing has been imported since"
    monkeypatch.setitem(sys.modules, "imported_later", ModuleType("imported_later"))
    garbage.freeze_new_imports()
    assert gc.get_freeze_count() >= first + len(later)
    after = gc.get_freeze_count()
    garbage.freeze_new_imports()
    assert gc.get_freeze_count() <= after

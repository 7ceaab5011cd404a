"""What a run started from, as far as it can be told."""

import pytest

from core.runs.lineage import lineage
from core.runs.store import RunStore
from tests.core.builders import SMALL, make_run

FIRST, SECOND = "brave-otter-000001", "calm-heron-000002"


def test_a_run_of_its_own_has_no_ancestors(store: RunStore) -> None:
    assert lineage(store, SMALL) == (SMALL,)


def test_ancestors_come_one_after_another(store: RunStore) -> None:
    first = SMALL.replace(seed=1)
    second = SMALL.replace(seed=2, start_from=FIRST)
    store.insert(make_run(FIRST, config=first))
    store.insert(make_run(SECOND, config=second))
    third = SMALL.replace(seed=3, start_from=SECOND)
    assert lineage(store, third) == (third, second, first)


def test_a_deleted_ancestor_ends_it(store: RunStore) -> None:
    second = SMALL.replace(seed=2, start_from=FIRST)
    store.insert(make_run(SECOND, config=second))
    third = SMALL.replace(start_from=SECOND)
    assert lineage(store, third) == (third, second)


@pytest.mark.parametrize("other", [FIRST, SECOND], ids=["itself", "two in a circle"])
def test_a_circle_ends(store: RunStore, other: str) -> None:
    """No training makes one; a database that somebody has edited may hold one."""
    for run_id, start_from in ((FIRST, other), (SECOND, FIRST)):
        store.insert(make_run(run_id, config=SMALL.replace(start_from=start_from)))
    found = lineage(store, SMALL.replace(start_from=FIRST))
    assert len(found) == 100
    assert {config.start_from for config in found} <= {FIRST, SECOND}

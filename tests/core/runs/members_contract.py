"""Nicknames: the same for SQLite and PostgreSQL."""

import pytest

from core.errors import RunError
from core.runs.store import RunStore
from tests.core.runs.store_contract import in_threads

MIA, BEN = "a" * 32, "b" * 32
HOSTILE = ("'; DROP TABLE members; --", "**b** :red[x] <b>", "🦊" * 24)


class MembersContract:
    """Needs the fixture ``store``."""

    def test_each_exercise_has_its_own_nicknames(self, store: RunStore) -> None:
        assert store.members.of("wide") == {}
        assert store.members.join("wide", MIA, " Mia ") == "Mia"
        store.members.join("wide", BEN, "Ben")
        store.members.join("deep", BEN, "Mia")
        assert store.members.of("wide") == {MIA: "Mia", BEN: "Ben"}
        assert (store.members.nickname("deep", BEN), store.members.nickname("deep", MIA)) == ("Mia", "")
        store.members.remove("wide", MIA)
        assert store.members.of("wide") == {BEN: "Ben"}

    def test_nobody_takes_another_ones_and_everybody_may_change_theirs(self, store: RunStore) -> None:
        store.members.join("wide", MIA, "Mia")
        with pytest.raises(RunError, match="called “MIA” here already"):
            store.members.join("wide", BEN, "MIA")
        store.members.join("wide", MIA, "mia")
        store.members.join("wide", BEN, "Ben")
        with pytest.raises(RunError):
            store.members.join("wide", MIA, "BEN")
        assert store.members.of("wide") == {MIA: "mia", BEN: "Ben"}

    def test_of_many_who_want_one_at_once_one_gets_it(self, store: RunStore) -> None:
        owners = [letter * 32 for letter in "abcd"]
        failed = in_threads([lambda owner=owner: store.members.join("wide", owner, "Mia") for owner in owners])
        assert len(failed) == 3
        assert all(isinstance(error, RunError) for error in failed)
        assert list(store.members.of("wide").values()) == ["Mia"]

    def test_what_is_typed_is_text_and_nothing_else(self, store: RunStore) -> None:
        for number, nickname in enumerate(HOSTILE):
            assert store.members.join("wide", f"{number}" * 32, nickname[:24]) == nickname[:24]
        assert [*store.members.of("wide").values()] == [nickname[:24] for nickname in HOSTILE]

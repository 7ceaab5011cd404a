"""Nicknames, on SQLite."""

from tests.core.runs.members_contract import MembersContract


class TestSqlite(MembersContract):
    pass

"""Finding runs, on SQLite."""

from tests.core.runs.listing_contract import ListingContract, five  # noqa: F401 - a fixture


class TestSqlite(ListingContract):
    pass

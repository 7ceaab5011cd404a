"""Run by Alembic itself, to be told what to migrate.

A new script: change ``core/runs/schema.py``, add the script's number to its ``REVISIONS``, and write the script in
``versions/`` by the example of those that are there.
"""

from collections.abc import MutableMapping
from typing import Any

from alembic import context

from core.runs.schema import METADATA, VERSION


def is_ours(name: str | None, kind: str, parents: MutableMapping[Any, str | None]) -> bool:
    """Whether a table belongs to the run store: others may keep theirs in the same database."""
    table = name if kind == "table" else parents.get("table_name")
    return kind == "schema" or (table in METADATA.tables and table != VERSION.name)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION.name,
    include_name=is_ours,
)
with context.begin_transaction():
    context.run_migrations()

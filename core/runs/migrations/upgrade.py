"""Brings tables of an earlier version up to date, in place."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def configuration(connection: Connection) -> Config:
    """What Alembic needs to know: where the scripts are, and which connection to use."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Run every script that has not been run yet, in the transaction that is under way."""
    command.upgrade(configuration(connection), "head")

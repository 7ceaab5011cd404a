"""A home that an earlier version wrote, or a later one, on SQLite."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import Settings
from tests.core.conftest import OpenStore
from tests.core.runs.migrations_contract import HOME, RUN_IDS, MigrationsContract

OPEN = """
import sys
from core.runs.store import RunStore
from core.settings import Settings
for home in sys.argv[1:]:
    RunStore(Settings.from_environment({"DIGITLAB_HOME": home})).close()
    print("alembic" in sys.modules)
"""


class TestSqlite(MigrationsContract):
    @pytest.fixture
    def first_version(self, settings: Settings) -> Settings:
        shutil.copytree(HOME, settings.home)
        return settings


def opened_with_alembic(environment: dict[str, str], *homes: Path) -> list[bool]:
    """Whether Alembic is there after each home has been opened, one after the other in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", OPEN, *map(str, homes)], env=environment, capture_output=True, text=True, check=True
    )
    return [line == "True" for line in done.stdout.split()]


@pytest.mark.slow
def test_alembic_is_imported_only_to_migrate(
    settings: Settings, environment_for_subprocesses: dict[str, str], open_store: OpenStore, tmp_path: Path
) -> None:
    shutil.copytree(HOME, settings.home)
    empty = tmp_path / "empty"
    assert opened_with_alembic(environment_for_subprocesses, empty, settings.home) == [False, True]
    assert opened_with_alembic(environment_for_subprocesses, empty, settings.home) == [False, False]
    assert [run.run_id for run in open_store().runs()] == RUN_IDS

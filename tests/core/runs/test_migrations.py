"""A home that an earlier version wrote, or a later one, on SQLite."""

import shutil
import subprocess
import sys

import pytest

from core.settings import Settings
from tests.core.conftest import OpenStore
from tests.core.runs.migrations_contract import HOME, RUN_IDS, MigrationsContract

OPEN = """
import sys
from core.runs.store import RunStore
from core.settings import Settings
RunStore(Settings.from_environment()).close()
print("alembic" in sys.modules)
"""


class TestSqlite(MigrationsContract):
    @pytest.fixture
    def first_version(self, settings: Settings) -> Settings:
        shutil.copytree(HOME, settings.home)
        return settings


def opened_with_alembic(environment: dict[str, str]) -> bool:
    done = subprocess.run([sys.executable, "-c", OPEN], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"


def test_alembic_is_imported_only_to_migrate(
    settings: Settings, environment_for_subprocesses: dict[str, str], open_store: OpenStore
) -> None:
    environment = environment_for_subprocesses | {"DIGITLAB_HOME": str(settings.home)}
    assert not opened_with_alembic(environment)
    shutil.rmtree(settings.home)
    shutil.copytree(HOME, settings.home)
    assert opened_with_alembic(environment)
    assert not opened_with_alembic(environment)
    assert [run.run_id for run in open_store().runs()] == RUN_IDS

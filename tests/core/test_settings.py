import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.settings import MOST_DEFAULT_WORKERS, Settings, cores

NUMBERS = ("DIGITLAB_WORKERS", "DIGITLAB_THREADS", "DIGITLAB_RUN_BUDGET_MB", "DIGITLAB_STORE_BUDGET_MB")


def test_defaults() -> None:
    settings = Settings.from_environment({})
    assert settings.home.is_absolute()
    assert settings.home.name == "digitlab"
    assert (settings.database_url, settings.scheduler, settings.tls_directory) == (None, None, None)
    assert settings.workers == min(cores(), MOST_DEFAULT_WORKERS)
    assert settings.threads == cores()
    assert (settings.run_budget, settings.store_budget) == (64_000_000, 2_000_000_000)


def test_everything_can_be_set(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {
            "DIGITLAB_HOME": str(tmp_path),
            "DIGITLAB_DATABASE_URL": "postgresql+psycopg://host/name",
            "DIGITLAB_SCHEDULER": "tls://host:8786",
            "DIGITLAB_TLS": str(tmp_path / "keys"),
            "DIGITLAB_WORKERS": " 3 ",
            "DIGITLAB_THREADS": "2",
            "DIGITLAB_RUN_BUDGET_MB": "1",
            "DIGITLAB_STORE_BUDGET_MB": "20",
        }
    )
    assert settings == Settings(
        home=tmp_path,
        database_url="postgresql+psycopg://host/name",
        scheduler="tls://host:8786",
        tls_directory=tmp_path / "keys",
        workers=3,
        threads=2,
        run_budget=1_000_000,
        store_budget=20_000_000,
    )


def test_empty_means_not_set() -> None:
    names = ("HOME", "DATABASE_URL", "SCHEDULER", "TLS", "WORKERS", "THREADS", "RUN_BUDGET_MB", "STORE_BUDGET_MB")
    assert Settings.from_environment({f"DIGITLAB_{name}": "" for name in names}) == Settings.from_environment({})


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "1e3", "٣", "²", "9" * 5_000, "1_000", "inf"])
def test_what_is_no_number_gets_a_sentence(name: str, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Settings.from_environment({name: text})
    assert str(caught.value) == f"{name} must be a whole number from 1 to 999,999,999, not “{text[:40]}”."


def test_a_home_is_absolute_and_knows_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings.from_environment({"DIGITLAB_HOME": "~/lab"}).home == tmp_path / "lab"
    monkeypatch.chdir(tmp_path)
    assert Settings.from_environment({"DIGITLAB_HOME": "lab"}).home == tmp_path / "lab"


@pytest.mark.parametrize("name", ["DIGITLAB_HOME", "DIGITLAB_TLS"])
def test_the_home_of_nobody_gets_a_sentence(name: str) -> None:
    with pytest.raises(
        ConfigError, match=f"{name} names the home of a user who does not exist: “~nobody-of-that-name/x”."
    ):
        Settings.from_environment({name: "~nobody-of-that-name/x"})


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIGITLAB_HOME", str(tmp_path))
    monkeypatch.setenv("DIGITLAB_WORKERS", "7")
    settings = Settings.from_environment()
    assert (settings.home, settings.workers) == (tmp_path, 7)


def test_nothing_else_counts_beside_a_mapping_or_beside_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_WORKERS", "7")
    monkeypatch.setenv("DIGITLAB_SCHEDULER", "tcp://elsewhere")
    given = Settings.from_environment({"DIGITLAB_WORKERS": "3", "digitlab_scheduler": "tcp://other", "HOME": "/x"})
    assert (given.workers, given.scheduler) == (3, None)
    assert Settings(workers=2).scheduler is None


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot tie a process to cores")
def test_cores_are_those_that_this_process_may_use() -> None:
    tie = "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})"
    script = f"import os; from core.settings import cores; {tie}; print(cores())"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "1"
    assert cores() >= 1


def test_origins_are_a_list() -> None:
    settings = Settings.from_environment(
        {
            "DIGITLAB_API_RATE": "7",
            "DIGITLAB_API_ORIGINS": " https://Lab.example/, http://[::1]:3000,*",
        }
    )
    assert settings.api_rate == 7
    assert settings.api_origins == ("https://lab.example", "http://[::1]:3000", "*")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("DIGITLAB_API_RATE", "0", "must be a whole number from 1"),
        ("DIGITLAB_API_ORIGINS", "lab.example", "must be origins such as https://example.org"),
        ("DIGITLAB_API_ORIGINS", "https://lab.example/page", "must be origins"),
        ("DIGITLAB_API_ORIGINS", "null", "must be origins"),
    ],
)
def test_what_is_no_origin_gets_a_sentence(name: str, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name} {words}"):
        Settings.from_environment({name: text})

"""Settings from the environment, all with the prefix ``DIGITLAB_``."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from core.errors import ConfigError

MOST_DEFAULT_WORKERS = 8
MOST_DIGITS = 9


@dataclass(frozen=True)
class Settings:
    """Where things live and how much they may take.

    Parameters
    ----------
    home
        ``DIGITLAB_HOME``: runs, their weights, caches and the log.
    database_url
        ``DIGITLAB_DATABASE_URL``: SQLAlchemy URL of the run store; SQLite in ``home`` if None.
    scheduler
        ``DIGITLAB_SCHEDULER``: address of a Dask scheduler; an embedded cluster if None.
    tls_directory
        ``DIGITLAB_TLS``: folder with ``ca.pem``, ``cert.pem`` and ``key.pem`` for a ``tls://`` scheduler.
    workers
        ``DIGITLAB_WORKERS``: training processes of the embedded cluster.
    run_budget, store_budget
        ``DIGITLAB_RUN_BUDGET_MB``, ``DIGITLAB_STORE_BUDGET_MB``, in bytes: what the weights of earlier epochs may take
        in one run, and what all runs may take together before the oldest lose them.
    """

    home: Path
    database_url: str | None
    scheduler: str | None
    tls_directory: Path | None
    workers: int
    run_budget: int
    store_budget: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read ``os.environ``, or the mapping given.

        Raises
        ------
        ConfigError
            If a number is not one, or too small, or a folder cannot be one.
        """
        env = os.environ if environment is None else environment
        home = env.get("DIGITLAB_HOME") or platformdirs.user_data_dir("digitlab", appauthor=False)
        tls = env.get("DIGITLAB_TLS")
        return cls(
            home=_folder("DIGITLAB_HOME", home),
            database_url=env.get("DIGITLAB_DATABASE_URL") or None,
            scheduler=env.get("DIGITLAB_SCHEDULER") or None,
            tls_directory=_folder("DIGITLAB_TLS", tls) if tls else None,
            workers=_whole_number(env, "DIGITLAB_WORKERS", min(cores(), MOST_DEFAULT_WORKERS)),
            run_budget=_whole_number(env, "DIGITLAB_RUN_BUDGET_MB", 64) * 10**6,
            store_budget=_whole_number(env, "DIGITLAB_STORE_BUDGET_MB", 2_000) * 10**6,
        )


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _folder(name: str, text: str) -> Path:
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:
        raise ConfigError(f"{name} names the home of a user who does not exist: “{text[:40]}”.") from None


def _whole_number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS or int(text) < 1:
        raise ConfigError(f"{name} must be a whole number from 1 to {10**MOST_DIGITS - 1:,}, not “{text[:40]}”.")
    return int(text)

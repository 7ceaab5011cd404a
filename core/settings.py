"""Settings from the environment, all with the prefix ``DIGITLAB_``."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from core.errors import ConfigError

MOST_DEFAULT_WORKERS = 8
MOST_DIGITS = 9
_ORIGIN = r"\*|https?://([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?"
LEAST_KEY = 8
"""Characters of a teacher’s key: with the pause after wrong ones, nobody guesses as many."""


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _folder(value: str | Path) -> Path:
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:
        sentence = "names the home of a user who does not exist: “{text}”."
        raise PydanticCustomError("folder", sentence, {"text": str(value)[:40]}) from None


def _whole_number(value: str | int) -> int:
    text = str(value).strip()
    # pydantic's own reading would take 1_000 and 1.0 as well.
    if not re.fullmatch(f"[0-9]{{1,{MOST_DIGITS}}}", text) or int(text) < 1:
        sentence = f"must be a whole number from 1 to {10**MOST_DIGITS - 1:,}, not “{{text}}”."
        raise PydanticCustomError("whole_number", sentence, {"text": text[:40]})
    return int(text)


def _bytes(value: str | int) -> int:
    """Bytes from the environment's megabytes; what the code gives are bytes already."""
    return _whole_number(value) * 10**6 if isinstance(value, str) else value


def _origins(value: str | tuple[str, ...]) -> tuple[str, ...]:
    """What stands between commas, in lower case and without a slash at its end; what the code gives is a tuple."""
    if not isinstance(value, str):
        return value
    origins = tuple(name.strip().lower().rstrip("/") for name in value.split(",") if name.strip())
    for origin in origins:
        if not re.fullmatch(_ORIGIN, origin):
            sentence = "must be origins such as https://example.org, separated by commas, or *, not “{text}”."
            raise PydanticCustomError("origins", sentence, {"text": origin[:60]})
    return origins


def _key(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value().strip()) < LEAST_KEY:
        raise PydanticCustomError("key", f"must have at least {LEAST_KEY} characters.")
    return SecretStr(value.get_secret_value().strip())


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("digitlab", appauthor=False))


def _default_workers() -> int:
    return min(cores(), MOST_DEFAULT_WORKERS)


_Folder = Annotated[Path, BeforeValidator(_folder)]
_WholeNumber = Annotated[int, BeforeValidator(_whole_number)]
_Bytes = Annotated[int, BeforeValidator(_bytes)]
_Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)]
_Key = Annotated[SecretStr, AfterValidator(_key)]


class Settings(BaseSettings):
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
    threads
        ``DIGITLAB_THREADS``: the most that a training run there may use while it is the only one.
    run_budget, store_budget
        ``DIGITLAB_RUN_BUDGET_MB``, ``DIGITLAB_STORE_BUDGET_MB``, in bytes: what the weights of earlier epochs may take
        in one run, and what all runs may take together before the oldest lose them.
    api_rate
        ``DIGITLAB_API_RATE``: requests a second that the HTTP API answers to one address of another machine.
    api_origins
        ``DIGITLAB_API_ORIGINS``: sites whose pages may read what it answers (CORS); none if empty, ``*`` for all.
    runs_per_owner
        ``DIGITLAB_RUNS_PER_OWNER``: runs that one browser may have under way, those that wait included.
    teacher_key
        ``DIGITLAB_TEACHER_KEY``: entered on the page Class, it lets a teacher change every run; None: nobody may.
    exercise
        ``DIGITLAB_EXERCISE``: pages and settings that are left out or fixed for everybody, see
        :mod:`core.classroom.exercise`.
    """

    model_config = SettingsConfigDict(frozen=True, case_sensitive=True, validate_by_name=True)

    home: _Folder = Field(default_factory=_default_home, validation_alias="DIGITLAB_HOME")
    database_url: str | None = Field(default=None, validation_alias="DIGITLAB_DATABASE_URL")
    scheduler: str | None = Field(default=None, validation_alias="DIGITLAB_SCHEDULER")
    tls_directory: _Folder | None = Field(default=None, validation_alias="DIGITLAB_TLS")
    workers: _WholeNumber = Field(default_factory=_default_workers, validation_alias="DIGITLAB_WORKERS")
    threads: _WholeNumber = Field(default_factory=cores, validation_alias="DIGITLAB_THREADS")
    run_budget: _Bytes = Field(default=64 * 10**6, validation_alias="DIGITLAB_RUN_BUDGET_MB")
    store_budget: _Bytes = Field(default=2_000 * 10**6, validation_alias="DIGITLAB_STORE_BUDGET_MB")
    api_rate: _WholeNumber = Field(default=50, validation_alias="DIGITLAB_API_RATE")
    api_origins: _Origins = Field(default=(), validation_alias="DIGITLAB_API_ORIGINS")
    runs_per_owner: _WholeNumber = Field(default=20, validation_alias="DIGITLAB_RUNS_PER_OWNER")
    teacher_key: _Key | None = Field(default=None, validation_alias="DIGITLAB_TEACHER_KEY")
    exercise: str = Field(default="", validation_alias="DIGITLAB_EXERCISE")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read ``os.environ``, or the mapping given; empty means not set.

        Raises
        ------
        ConfigError
            If a number is not one, or too small, or a folder cannot be one.
        """
        env = os.environ if environment is None else environment
        source = EnvSettingsSource(cls)
        source.env_vars = {name: text for name, text in env.items() if text.strip()}
        try:
            return cls(**source())
        except ValidationError as error:
            first = error.errors()[0]
            raise ConfigError(f"{first['loc'][0]} {first['msg']}") from None

    def make_home(self) -> None:
        """Make the folder that holds everything, where it is not there yet.

        Raises
        ------
        ConfigError
            If it cannot be made.
        """
        try:
            self.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"DIGITLAB_HOME cannot be {self.home}: {error.strerror}.") from error

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed counts: the environment is read by :meth:`from_environment` alone."""
        return (init_settings,)

"""Records to plain values that JSON knows and back: the one mapping that rows, archives and events share.

The fields are those of the records themselves. Fields that this version does not know are left out in reading, but for
those of a config: one of them may mean another network.
"""

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from core.runs.records import EarlySnapshot, EpochMetrics, Run, RunEnvironment


def run_to_dict(run: Run) -> dict[str, Any]:
    """Every field of a run, its epochs included; times in ISO 8601."""
    plain: dict[str, Any] = _runs().dump_python(run, mode="json")
    return plain


def run_from_dict(plain: dict[str, Any]) -> Run:
    """Inverse of :func:`run_to_dict`; times may be seconds since 1970 as well.

    Raises
    ------
    ValueError
        If a field is missing, or its value cannot be one.
    """
    return _runs().validate_python(plain)


def metrics_to_dict(metrics: EpochMetrics) -> dict[str, Any]:
    """Numbers and lists only, in the order of the fields."""
    plain: dict[str, Any] = _metrics().dump_python(metrics, mode="json")
    return plain


def metrics_from_dict(plain: dict[str, Any]) -> EpochMetrics:
    """Inverse of :func:`metrics_to_dict`; raises a ValueError as :func:`run_from_dict` does."""
    return _metrics().validate_python(plain)


def environment_from_dict(plain: dict[str, Any]) -> RunEnvironment:
    """An environment from its fields, as ``dataclasses.asdict`` gives them; raises as :func:`run_from_dict` does."""
    return _environments().validate_python(plain)


def early_from_dict(plain: dict[str, Any]) -> EarlySnapshot:
    """An early snapshot from its fields, as ``dataclasses.asdict`` gives them; raises as :func:`run_from_dict` does."""
    return _early().validate_python(plain)


@cache
def _early() -> TypeAdapter[EarlySnapshot]:
    return TypeAdapter(EarlySnapshot)


@cache
def _runs() -> TypeAdapter[Run]:
    return TypeAdapter(Run)


@cache
def _metrics() -> TypeAdapter[EpochMetrics]:
    return TypeAdapter(EpochMetrics)


@cache
def _environments() -> TypeAdapter[RunEnvironment]:
    return TypeAdapter(RunEnvironment)

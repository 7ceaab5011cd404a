"""Listing: finds runs among very many, in the database, and reads no more of them than are asked for."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Numeric, Select, and_, case, cast, func, or_, select

from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES
from core.errors import NewerVersionError
from core.runs.kept import KeptAnswers
from core.runs.names import tidy
from core.runs.query import ORDERS, RunQuery
from core.runs.records import Run
from core.runs.rows import ACTIVE, KEPT, read_whose, run_from_row
from core.runs.schema import RUNS
from core.runs.status import RunOrigin
from core.runs.whose import Whose

_FOLDED = tuple(origin.value for origin in RunOrigin if origin.is_folded)
_SEARCHED = (RUNS.c.name, RUNS.c.run_id, RUNS.c.tags, RUNS.c.notes, RUNS.c.reflection, RUNS.c.study, RUNS.c.exercise)
_NUMBER = r"^-?\d{1,15}(\.\d{1,30})?([eE][-+]?\d{1,3})?$"
_TELLING = ("dataset", "hidden_size", "batch_size", "learning_rate", "epochs", "seed")
"""Settings that every version has written, and that tell most configs apart."""


class Listing:
    """The runs of a store that nobody has thrown away."""

    def __init__(self, database: Engine, kept: KeptAnswers) -> None:
        self._database = database
        self._kept = kept
        self._readable: set[str] = set()
        self._checked: tuple[Any, ...] = ()
        self._unreadable: list[str] = []

    def find(self, query: RunQuery) -> list[Run]:
        """The runs that are meant, without their epochs; those that cannot be read are left out."""
        if query.limit is None:
            # They may be very many.
            return self._find(query)
        return list(self._kept.get(("find", query), lambda: self._find(query)))

    def _find(self, query: RunQuery) -> list[Run]:
        with self._database.connect() as connection:
            return [
                run for run in _readable_runs(connection, query) if not query.configs or run.config in query.configs
            ]

    def first(self, query: RunQuery) -> Run | None:
        """The first run that is meant."""
        # A few, for the first may be one that cannot be read.
        return next(iter(self.find(replace(query, limit=query.limit or 10))), None)

    def count(self, query: RunQuery) -> int:
        """How many there are, whatever the limit; of ``configs``, those that may be meant."""
        return self._kept.get(("count", query), lambda: self._count(query))

    def _count(self, query: RunQuery) -> int:
        with self._database.connect() as connection:
            found = connection.execute(select(func.count()).select_from(RUNS).where(*_conditions(query)))
            return int(found.scalar_one())

    def is_dataset_named(self, dataset: str) -> bool:
        """Whether any run was trained on a dataset, one in the bin among them: it may be taken back."""
        named = select(func.count()).select_from(RUNS).where(_says("dataset", dataset))
        with self._database.connect() as connection:
            return connection.execute(named).scalar_one() > 0

    def versions(self, query: RunQuery) -> dict[str, str]:
        """What changes with each of the runs that are meant, by their ids in order; none of them is read whole."""
        columns = (RUNS.c[name] for name in ("run_id", "name", "status", "epochs_done", "checkpoints", "created"))
        with self._database.connect() as connection:
            found = connection.execute(_selection(connection, query).with_only_columns(*columns))
            return {row[0]: " ".join(map(str, row[1:])) for row in found}

    def tags(self) -> list[str]:
        """All tags, in order."""
        with self._database.connect() as connection:
            lists = connection.execute(select(RUNS.c.tags).distinct().where(RUNS.c.tags != "[]", KEPT)).scalars().all()
        return sorted({tag for found in lists for tag in _tags_in(found)})

    def unreadable(self) -> list[str]:
        """Ids of runs that this version cannot read: a newer one wrote them, or they are damaged.

        Looked for again when runs have come or gone, among those that have not been read before.
        """
        with self._database.connect() as connection:
            now = tuple(connection.execute(select(func.count(), func.max(RUNS.c.created)).where(KEPT)).one())
            if now != self._checked:
                ids = set(connection.execute(select(RUNS.c.run_id).where(KEPT)).scalars())
                self._unreadable = sorted(set(self._find_unreadable(connection, ids - self._readable)))
                self._readable = ids.difference(self._unreadable)
                self._checked = now
        return self._unreadable

    def whose(self, run_ids: Sequence[str]) -> list[Whose]:
        """Whose these runs are, by id, those that cannot be read among them; without those that are not there."""
        with self._database.connect() as connection:
            return read_whose(connection, run_ids)

    @staticmethod
    def _find_unreadable(connection: Connection, ids: set[str]) -> Iterator[str]:
        some = sorted(ids)
        for start in range(0, len(some), 500):
            rows = connection.execute(select(RUNS).where(RUNS.c.run_id.in_(some[start : start + 500])))
            for row in rows:
                try:
                    run_from_row(row)
                except NewerVersionError:
                    yield row.run_id


def _readable_runs(connection: Connection, query: RunQuery) -> Iterator[Run]:
    for row in connection.execute(_selection(connection, query)):
        try:
            yield run_from_row(row)
        except NewerVersionError:
            continue


def _selection(connection: Connection, query: RunQuery) -> Select[Any]:
    by = RUNS.c[query.order] if query.order in ORDERS else _setting(connection, query.order)
    ordered = by.desc() if query.descending else by.asc()
    # A plain order by time is one that the index gives.
    first = [] if query.order == "created" else [ordered.nulls_last()]
    newest = RUNS.c.created.asc() if query.order == "created" and not query.descending else RUNS.c.created.desc()
    chosen = select(RUNS).where(*_conditions(query)).order_by(*first, newest, RUNS.c.run_id)
    return chosen.limit(query.limit).offset(query.offset or None)


def _setting(connection: Connection, name: str) -> ColumnElement[Any]:
    """A setting out of the config, as what it is: numbers by size, words by letter.

    A config from before there was the setting has its default, as everywhere else; a damaged one fails no query.
    """
    if name not in TrainConfig.model_fields:
        raise ValueError(f"There is no setting {name}.")
    default = TrainConfig.model_fields[name].default
    if connection.dialect.name == "postgresql":
        # Out of the text: JSON that is none cannot be cast, and before version 16 nothing tells.
        text = func.substring(RUNS.c.config, f'"{name}": ("[^"]*"|[^,}}]*)')
        if isinstance(default, str | bool):
            return func.coalesce(func.btrim(text, '"'), str(default).lower())
        return func.coalesce(case((text.regexp_match(_NUMBER), cast(text, Numeric))), default)
    said = func.json_extract(RUNS.c.config, f"$.{name}")
    return case((func.json_valid(RUNS.c.config) == 1, func.coalesce(said, default)))


def _conditions(query: RunQuery) -> list[ColumnElement[bool]]:
    switches = (
        (query.starred, RUNS.c.starred.is_(True)),
        (query.has_weights, RUNS.c.epochs_done > 0),
        (query.has_ended, RUNS.c.status.not_in(ACTIVE)),
        (query.has_test_accuracy, RUNS.c.test_accuracy.is_not(None)),
        (bool(query.ids), RUNS.c.run_id.in_(query.ids)),
        (query.unowned, RUNS.c.owner.is_(None)),
        (not query.folded, RUNS.c.origin.not_in(_FOLDED)),
        (bool(query.class_names), _tells_apart(query.class_names)),
        (bool(query.dataset), _says("dataset", query.dataset)),
        (bool(query.configs), or_(*map(_may_be, query.configs)) if query.configs else KEPT),
    )
    equal = {name: getattr(query, name) for name in ("status", "study", "owner", "exercise")}
    return [
        KEPT,
        *(condition for is_on, condition in switches if is_on),
        *(RUNS.c[name] == str(value) for name, value in equal.items() if value),
        *_has_origin(query),
        *(RUNS.c.tags.contains(json.dumps(tag, ensure_ascii=False), autoescape=True) for tag in query.tags),
        *map(_has_word, tidy(query.text).lower().split()),
    ]


def _has_origin(query: RunQuery) -> list[ColumnElement[bool]]:
    if query.origin is None:
        return []
    # Most runs were trained, few belong to one owner or exercise: that index is the one to take.
    origin = func.coalesce(RUNS.c.origin, "") if query.owner or query.exercise else RUNS.c.origin
    return [origin == str(query.origin)]


def _has_word(word: str) -> ColumnElement[bool]:
    return or_(*(func.lower(column).contains(word, autoescape=True) for column in _SEARCHED))


def _may_be(config: TrainConfig) -> ColumnElement[bool]:
    """Whether a run may have this config: what its text says of the settings that tell most."""
    return and_(*(_says(name, getattr(config, name)) for name in _TELLING))


def _says(name: str, value: Any) -> ColumnElement[bool]:
    """Whether the text of a config has this setting at this value; it ends with a comma or the bracket."""
    said = f'"{name}": {json.dumps(value)}'
    return or_(*(RUNS.c.config.contains(said + end, autoescape=True) for end in ",}"))


def _tells_apart(names: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether these are the classes of a run; those that no environment names are the digits."""
    said = f'"class_names": {json.dumps(names)}'
    environment = RUNS.c.environment
    # Not LIKE, to which A is the same as a in SQLite.
    is_said = func.replace(environment, said, "") != environment
    return or_(is_said, environment.not_like('%"class_names"%')) if names == DIGIT_NAMES else is_said


def _tags_in(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [tag for tag in found if isinstance(tag, str)] if isinstance(found, list) else []

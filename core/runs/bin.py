"""Bin: runs that somebody has thrown away, until their session ends and they are gone for good.

What is in the bin is one mark in the run's row. Anyone who asks for the run is told that there is none, its row and its
files are where they were, and both go together later: the files inside of the transaction that removes the row. A kill
in the middle leaves the mark, and the next server finishes what this one began.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import ColumnElement, Engine, delete, select, update

from core.errors import RunError
from core.runs.files import RunFiles
from core.runs.names import is_run_id
from core.runs.ownership import Ownership
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.rows import ACTIVE, KEPT, not_found, read_whose, replace_run
from core.runs.schema import RUNS, SERVERS
from core.runs.whose import Whose


class Bin:
    """The thrown away runs of a store. A session may take back what it threw away itself, for as long as it lives."""

    def __init__(self, database: Engine, ownership: Ownership, files: RunFiles) -> None:
        self._database, self._ownership, self._files = database, ownership, files

    def enter(self, run: Run, bring_files: Callable[[], None]) -> None:
        """Enter a run that was made elsewhere, with its files; it comes out of the bin when they are there.

        Nobody sees half of it: what fails leaves nothing, and what a kill leaves, the next server removes.

        Parameters
        ----------
        run
            Has ended, and its id is new.
        """
        mark = {"thrown_away_by": self._ownership.living().server_id}
        with self._ownership.begin() as connection:
            replace_run(connection, run)
            connection.execute(update(RUNS).where(RUNS.c.run_id == run.run_id).values(mark))
        try:
            bring_files()
            self.take_back(run.run_id)
        except BaseException:
            self.empty([run.run_id])
            raise

    def put(self, run_id: str) -> None:
        """Throw a run away, whether or not it can be read.

        Raises
        ------
        RunError
            If there is no such run, it is the demo run, or not yet ended.
        """
        self._whose(run_id)
        if run_id == DEMO_RUN_ID:
            raise RunError("The demo run comes with Digit Lab and cannot be deleted.")
        # Somebody may continue it, or throw it away, in this very moment.
        ended = (RUNS.c.run_id == run_id, RUNS.c.status.not_in(ACTIVE), KEPT)
        mark = {"thrown_away_by": self._ownership.living().server_id}
        with self._ownership.begin() as connection:
            is_in = connection.execute(update(RUNS).where(*ended).values(mark)).rowcount > 0
        if not is_in:
            raise RunError(f"Run “{run_id}” is {self._whose(run_id).status}: stop it before you delete it.")

    def take_back(self, run_id: str) -> None:
        """Put a run that this server has in the bin back where it was.

        Raises
        ------
        RunError
            If it is not there any more.
        """
        with self._ownership.begin() as connection:
            mine = self._marked_here(run_id)
            if not connection.execute(update(RUNS).where(*mine).values(thrown_away_by=None)).rowcount:
                raise RunError("It has been deleted for good and cannot be restored.")

    def empty(self, run_ids: Iterable[str]) -> None:
        """Remove these runs and their files for good, as far as this server has them in the bin."""
        for run_id in run_ids:
            if is_run_id(run_id):
                self._remove(run_id, *self._marked_here(run_id))

    def empty_after_others(self) -> list[str]:
        """Remove what servers have left that are gone, and every session of theirs with them; the ids of the runs."""
        if self._ownership.why_read_only:
            return []
        own_id = self._ownership.lease().server_id
        left = (RUNS.c.thrown_away_by != own_id, RUNS.c.thrown_away_by.not_in(select(SERVERS.c.server_id)))
        with self._database.connect() as connection:
            run_ids = list(connection.execute(select(RUNS.c.run_id).where(*left)).scalars())
        for run_id in run_ids:
            self._remove(run_id, RUNS.c.run_id == run_id, *left)
        return run_ids

    def _whose(self, run_id: str) -> Whose:
        with self._database.connect() as connection:
            found = read_whose(connection, [run_id])
        if not found:
            raise not_found(run_id)
        return found[0]

    def _marked_here(self, run_id: str) -> tuple[ColumnElement[bool], ...]:
        return RUNS.c.run_id == run_id, RUNS.c.thrown_away_by == self._ownership.lease().server_id

    def _remove(self, run_id: str, *conditions: ColumnElement[bool]) -> None:
        with self._ownership.begin() as connection:
            if connection.execute(delete(RUNS).where(*conditions)).rowcount:
                self._files.delete(run_id)

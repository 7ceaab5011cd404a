"""Runs that were made elsewhere and arrive in a store."""

from collections.abc import Callable

from sqlalchemy.exc import IntegrityError

from core.errors import RunError
from core.runs.ownership import Ownership
from core.runs.records import Run
from core.runs.rows import replace_run


def insert_made_elsewhere(ownership: Ownership, run: Run, bring_files: Callable[[], None]) -> None:
    """Enter a run with its files in one transaction, as :meth:`core.runs.store.RunStore.insert` says.

    Raises
    ------
    RunError
        If one with the same id is being trained, or waits for it.
    """
    for _ in range(2):
        try:
            with ownership.begin() as connection:
                replace_run(connection, run)
                bring_files()
                return
        except IntegrityError:
            # It is active, or another server entered it in this very moment and it can be replaced now.
            continue
    raise RunError(f"Run “{run.run_id}” is being trained here: stop it before you replace it.")

"""``doctor``: what is wrong with a run, and what to change."""

from argparse import Namespace
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.chosen import chosen_place
from core.commands.output import say, tell
from core.errors import RunError
from core.settings import Settings

if TYPE_CHECKING:
    from core.analysis.doctor.visit import Visit
    from core.runs.store import RunStore


def doctor(options: Namespace) -> None:
    """Say what is wrong with a run by its numbers, weights and images; a line per diagnosis, none where all is well."""
    from core.runs.store import RunStore

    settings = Settings.from_environment()
    place = chosen_place(options.run)
    with closing(RunStore(settings)) as store:
        found = _visit_run(store, options.run) if place is None else _visit_place(store, place)
    for diagnosis in found.diagnoses:
        say(
            {
                "diagnosis": diagnosis.symptom.value,
                "saw": diagnosis.saw,
                "why": diagnosis.why,
                "change": dict(diagnosis.changes),
                "instead": diagnosis.instead,
            }
        )
    if found.remark:
        tell(found.remark)


def _visit_run(store: "RunStore", run_id: str) -> "Visit":
    from core.analysis.doctor.visit import visit
    from core.data.catalogue import Catalogue, load_splits

    run, home, model = store.get(run_id), store.settings.home, None
    with suppress(RunError):
        # A run that diverged at once has none.
        model = store.model(run_id)
    return visit(run, model, partial(load_splits, home=home), Catalogue(home), store)


def _visit_place(store: "RunStore", place: Path) -> "Visit":
    from core.analysis.doctor.visit import visit
    from core.data.catalogue import Catalogue, load_splits
    from core.exports.subject import subject_of_path
    from core.runs.archive import RUN_FILE, read_run

    home, model = store.settings.home, None
    try:
        subject = subject_of_path(place, home)
        run, model = subject.run, subject.model
    except RunError:
        if not (place / RUN_FILE).is_file():
            raise
        run = read_run(place)
    return visit(run, model, partial(load_splits, home=home), Catalogue(home), store)

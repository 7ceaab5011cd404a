"""``correct``: misread pictures under the labels that they should have had, and a run fine-tuned on them."""

from argparse import Namespace
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

from core.analysis.accuracy import share_correct
from core.commands.chosen import chosen_place, chosen_reader, framing_of_dataset
from core.commands.output import say, tell
from core.commands.predict import SOME_UNREADABLE, answers_in
from core.commands.runs import thread_budget, train_and_tell
from core.config import TrainConfig
from core.data.apart import one_process
from core.errors import ConfigError, RunError
from core.runs.records import DEMO_RUN_ID
from core.settings import Settings

if TYPE_CHECKING:
    from core.data.my_drawings import MyDrawings
    from core.reading.answers import Answer
    from core.reading.reader import Reader
    from core.runs.store import RunStore

_MOST_NAMED = 20


def correct(options: Namespace) -> int:
    """Keep misread pictures under their true label, and fine-tune a run on all that are kept.

    A line for each picture, as predict says it, then one about everything that is kept for the classes of the run. With
    --fine-tune also a line per epoch, and what has become of test accuracy and drawings.

    Returns
    -------
    int
        2 if a picture could not be used: a line on standard error says which and why.
    """
    from core.data.catalogue import Catalogue
    from core.data.drawn import COMMAND_LINE
    from core.data.my_drawings import MyDrawings
    from core.runs.store import RunStore

    _check(options)
    settings = Settings.from_environment()
    budget = thread_budget(options.threads, settings.home)
    reader = chosen_reader(options.run)
    label = 0 if options.label is None else label_of(options.label, reader.class_names)
    with closing(RunStore(settings)) as store:
        kept = MyDrawings(Catalogue(settings.home), COMMAND_LINE, store.listing.is_dataset_named)
        if options.remove is not None:
            kept.remove(int(options.remove) - 1, reader.class_names)
        code = _add(options.images, label, reader, kept)
        say(_about(kept, reader))
        if options.fine_tune:
            config = _settings_to_tune(options.run, store, kept)
            last = train_and_tell(config, budget, settings)
            say(last | _change(last["run_id"], store, kept))
    return code


def label_of(text: str, class_names: tuple[str, ...]) -> int:
    """The class that somebody means, by its name or, where no class has that name, by its number.

    Raises
    ------
    ConfigError
        If there is none.
    """
    if text in class_names:
        return class_names.index(text)
    if text.isascii() and text.isdigit() and len(text) <= 6 and int(text) < len(class_names):
        return int(text)
    more = ", …" if len(class_names) > _MOST_NAMED else ""
    raise ConfigError(f"There is no class “{text[:40]}”; there are {', '.join(class_names[:_MOST_NAMED])}{more}.")


def _check(options: Namespace) -> None:
    if bool(options.images) != (options.label is not None):
        raise ConfigError("Pictures need --label CLASS, which says what they show, and --label needs pictures.")
    number = options.remove
    if number is not None and not (number.isascii() and number.isdigit() and len(number) <= 6 and int(number)):
        raise ConfigError(f"--remove must be a whole number of at least 1, not “{number[:40]}”.")
    if options.fine_tune and options.run != DEMO_RUN_ID and chosen_place(options.run) is not None:
        raise ConfigError("Only a run of the store can be fine-tuned: name it by its id, not by a path.")


@one_process()
def _add(images: list[str], label: int, reader: "Reader", kept: "MyDrawings") -> int:
    """Keep what can be learned from, all of it or nothing; the exit code."""
    from core.reading.answers import Answer
    from core.reading.sources import Remark

    taken: list[Answer] = []
    code = 0
    for answer in answers_in(images, reader):
        sentence = _why_not(answer) if isinstance(answer, Answer) else answer.sentence
        if isinstance(answer, Answer) and not sentence:
            taken.append(answer)
            continue
        tell(sentence)
        if not isinstance(answer, Remark):
            code = SOME_UNREADABLE
    if taken:
        framing = framing_of_dataset(reader.model.config.dataset)
        kept.add([answer.found.image for answer in taken], [label] * len(taken), reader.class_names, framing)
    for answer in taken:
        say({"path": answer.found.path} | answer.fields(reader.class_names) | {"corrected": label})
    return code


def _why_not(answer: "Answer") -> str:
    """Why an image cannot be learned from; empty where it can."""
    from core.analysis.verdict import Verdict

    what = {
        Verdict.NO_INK: "there is nothing to read in it",
        Verdict.SEVERAL_DIGITS: "it shows more than one digit: crop one",
    }.get(answer.verdict)
    row = answer.found.row
    place = answer.found.path if row is None else f"{answer.found.path}, image {row + 1:,},"
    return f"{place} is left out: {what}." if what else ""


def _about(kept: "MyDrawings", reader: "Reader") -> dict[str, Any]:
    """What is kept for these classes, and what the run reads in it; in the order that ``--remove`` counts in."""
    entry, drawings = kept.entry_of(reader.class_names), kept.images_of(reader.class_names)
    return {
        "dataset": None if entry is None else entry.name,
        "version": 0 if entry is None else entry.number,
        "labels": drawings.labels.tolist(),
        "read": reader.model.probabilities(drawings.images).argmax(axis=1).tolist(),
    }


def _settings_to_tune(run_id: str, store: "RunStore", kept: "MyDrawings") -> TrainConfig:
    from core.data.catalogue import load_splits
    from core.data.rehearsal import settings_to_rehearse
    from core.runs.archive import bring_in_demo

    if run_id == DEMO_RUN_ID:
        bring_in_demo(store)
    run = store.summary(run_id)
    if run.status.is_active:
        raise RunError(f"Run “{run.name}” is still being trained: fine-tune it when it has ended.")
    entry, sizes = kept.beside(run.config, run.class_names, partial(load_splits, home=store.settings.home))
    return settings_to_rehearse(run.config, run.run_id, entry.name, sizes)


def _change(run_id: str, store: "RunStore", kept: "MyDrawings") -> dict[str, Any]:
    """Test accuracy before, and how many of the drawings each of the two runs reads as labelled."""
    from core.data.catalogue import load_splits

    config = store.summary(run_id).config
    before, after = store.model(config.start_from), store.model(run_id)
    test, drawings = load_splits(config, store.settings.home).test, kept.images_of(after.class_names)
    read = [(model.probabilities(drawings.images).argmax(axis=1) == drawings.labels).sum() for model in (before, after)]
    store.count_test_look(run_id)
    return {
        "test_accuracy_before": share_correct(before.probabilities(test.images), test.labels),
        "drawings": len(drawings),
        "drawings_correct_before": int(read[0]),
        "drawings_correct": int(read[1]),
    }

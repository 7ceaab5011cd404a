"""``predict``: what a network makes of pictures, folders, zips and tables."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.atomic import replacing
from core.commands.chosen import chosen_reader, framing_of_dataset
from core.commands.output import say, tell
from core.data.apart import one_process
from core.errors import ConfigError, DataError

if TYPE_CHECKING:
    from core.reading.answers import Answer
    from core.reading.reader import Reader
    from core.reading.sources import Remark, Unreadable

SOME_UNREADABLE = 2


@one_process()
def predict(options: Namespace) -> int:
    """Read pictures of digits, folders and zips of them, or tables of images; a line per image.

    Returns
    -------
    int
        2 if anything could not be read: a line on standard error says what and why.
    """
    from core.reading.sources import Remark, Unreadable

    reader = chosen_reader(options.run)
    if options.submission is not None:
        return _submit(options.images, reader, options.submission)
    if reader.judge.why_not:
        tell(reader.judge.why_not)
    code = 0
    for answer in answers_in(options.images, reader):
        if isinstance(answer, Unreadable):
            code = SOME_UNREADABLE
        if isinstance(answer, Unreadable | Remark):
            tell(answer.sentence)
        else:
            say(_line(answer, reader.class_names))
    return code


def _submit(names: list[str], reader: "Reader", submission: str) -> int:
    """The same for one table, and a file of all its answers; no file, and no line, if a row cannot be read."""
    from core.data.importing.named_file import NamedFile
    from core.reading.answers import Answer
    from core.reading.sources import Remark, Unreadable, holds_rows
    from core.reading.submission import submission_csv

    if len(names) != 1 or not holds_rows(NamedFile(names[0], Path(names[0]))):
        raise ConfigError("A submission needs exactly one table of images: give one CSV file.")
    read = []
    for answer in answers_in(names, reader):
        if isinstance(answer, Unreadable | Remark):
            tell(answer.sentence)
        if isinstance(answer, Unreadable):
            return SOME_UNREADABLE
        if isinstance(answer, Answer):
            read.append(answer)
    if [answer.found.row for answer in read] != list(range(len(read))):
        raise ConfigError(f"{names[0]} holds several sets of images, or not all were read: a submission needs one.")
    text = submission_csv([answer.most_probable for answer in read], reader.class_names)
    try:
        with replacing(Path(submission)) as temporary:
            temporary.write_text(text, encoding="ascii")
    except OSError as error:
        raise DataError(f"{submission} cannot be written: {error.strerror}.") from None
    for answer in read:
        say(_line(answer, reader.class_names))
    tell(f"{submission} has {len(read):,} answers.")
    return 0


def answers_in(names: list[str], reader: "Reader") -> "Iterator[Answer | Unreadable | Remark]":
    """Every answer in order; a sentence in place of what cannot be read, and before what was changed."""
    from core.data.importing.named_file import NamedFile
    from core.reading.answers import answers
    from core.reading.sources import read_sources

    files = (NamedFile(name, Path(name)) for name in names)
    yield from answers(read_sources(files, framing_of_dataset(reader.model.config.dataset)), reader)


def _line(answer: "Answer", class_names: tuple[str, ...]) -> dict[str, Any]:
    return {"path": answer.found.path} | answer.fields(class_names)

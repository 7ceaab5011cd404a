"""What a session keeps of Draw."""

from dataclasses import dataclass, field

from core.reading.answers import Answer


@dataclass
class ManyState:
    """The pictures that were read last.

    Parameters
    ----------
    key
        Which files, read by which weights.
    answers
        In the order of the files.
    unreadable
        A sentence about each file that cannot be read.
    is_table
        Whether they are the rows of one table, all of them.
    remarks
        A sentence about each file that was changed before it was read.
    """

    key: str = ""
    answers: list[Answer] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    is_table: bool = False
    remarks: list[str] = field(default_factory=list)

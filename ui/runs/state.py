"""What a session keeps of Runs."""

from dataclasses import dataclass, field


@dataclass
class RunsState:
    """The table as it was drawn last, what was deleted, and how the import of model files went.

    Parameters
    ----------
    listed
        Ids in the table, in its order.
    deleted
        What this session has deleted and can take back, the latest last: names by run id, as they went together.
    uploads
        How many model files were imported.
    brought_in, refused
        The run that a model file has just become, or why it was not taken, until the page has said so.
    said
        Both, as the page has said them last.
    """

    listed: tuple[str, ...] = ()
    deleted: list[dict[str, str]] = field(default_factory=list)
    uploads: int = 0
    brought_in: str = ""
    refused: str = ""
    said: tuple[str, str] = ("", "")

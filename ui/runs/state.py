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
    brought_in
        The run that a model file has just become, until the page has said so.
    refused
        Why the last model file was not taken, until the page has said so.
    """

    listed: tuple[str, ...] = ()
    deleted: list[dict[str, str]] = field(default_factory=list)
    uploads: int = 0
    brought_in: str = ""
    refused: str = ""

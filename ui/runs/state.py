"""What a session keeps of Runs."""

from dataclasses import dataclass


@dataclass
class RunsState:
    """The table as it was drawn last, and what became of model files.

    Parameters
    ----------
    listed
        Ids in the table, in its order.
    uploads
        How many model files were brought in.
    brought_in
        The run that a model file has just become, until the page has said so.
    refused
        Why the last model file was not taken, until the page has said so.
    """

    listed: tuple[str, ...] = ()
    uploads: int = 0
    brought_in: str = ""
    refused: str = ""

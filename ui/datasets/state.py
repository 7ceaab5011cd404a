"""What a session keeps of files that are on their way to become datasets."""

from dataclasses import dataclass, field

from core.data.importing.form import Form
from core.data.importing.report import ImportPreview


@dataclass(frozen=True, eq=False)
class PendingImport:
    """Files that were read: which, and what they hold or why they cannot be used."""

    key: str
    preview: ImportPreview | None = None
    error: str = ""


@dataclass
class DatasetsState:
    """What was read and is not kept yet.

    Parameters
    ----------
    imports
        By where it came from.
    forms
        Whether pictures are brought to MNIST’s form, by the files that they are in, where somebody chose.
    uploads
        How many uploads were kept or discarded.
    own_uploads
        How often photographs of one’s own classes were kept.
    """

    imports: dict[str, PendingImport] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    uploads: int = 0
    own_uploads: int = 0

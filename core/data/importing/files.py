"""Files of any kind → images with a report; what a file is shows in its content, not only in its name."""

from collections.abc import Sequence

from core.data.importing.named_file import NamedFile
from core.data.importing.report import ImportPreview

MOST_UPLOAD_MEGABYTES = 600
"""For one upload: Kaggle's CSV has 77 MB."""


def read_files(files: Sequence[NamedFile], *, title: str = "", class_names: Sequence[str] = ()) -> ImportPreview:
    """Recognise and read files: Kaggle's CSV, IDX files (a pair, or training and test), a zip or folder of pictures.

    Parameters
    ----------
    title
        Proposed by the file names if left out.
    class_names
        In label order, for labels that are not digits; CSV and IDX files carry none.

    Raises
    ------
    DataError
        If they are not readable, too large, damaged, or hold no labels; one sentence that names the file and, in a
        CSV, the row.
    """
    raise NotImplementedError

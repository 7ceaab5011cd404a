"""Answers as Kaggle takes them: ``ImageId,Label``, counted from 1."""

from collections.abc import Iterable, Sequence

HEADER = "ImageId,Label"


def submission_csv(labels: Iterable[int], class_names: Sequence[str]) -> str:
    """A line for each image in order, whatever the verdict on it.

    The label is what the images' labels were: the class's name where all names are numbers, else its place among them.

    Parameters
    ----------
    labels
        The most probable class of each image, ``0 … K-1``.
    """
    are_numbers = all(name.isascii() and name.isdigit() for name in class_names)
    rows = (f"{image},{class_names[label] if are_numbers else label}" for image, label in enumerate(labels, start=1))
    return "\n".join([HEADER, *rows]) + "\n"

"""What the checks of an import find, held to plain counting."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dataset import ImageDataset, SourceDataset
from core.data.importing.array_form import light_share
from core.data.importing.assemble import frame_all
from core.data.importing.report import report_on
from tests.core.data.importing.builders import digits

NAMES = tuple("0123456789")


def dataset(images: np.ndarray, labels: np.ndarray, names: tuple[str, ...] = NAMES) -> ImageDataset:
    return ImageDataset("made up", images, labels, names)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 8), min_size=2, max_size=40), st.lists(st.integers(0, 8), max_size=20))
def test_duplicates_and_overlap_are_counted_as_one_counts_by_hand(train: list[int], test: list[int]) -> None:
    """Images that are all of one grey: two are the same if their greys are."""

    def of(greys: list[int]) -> ImageDataset:
        images = np.broadcast_to(np.array(greys, np.uint8)[:, None, None], (len(greys), 28, 28)).copy()
        return dataset(images, np.zeros(len(greys), np.int64))

    report = report_on(SourceDataset(of(train), of(test)))
    assert report.duplicates == len(train) - len(set(train))
    assert report.overlap == sum(grey in set(train) for grey in test)
    assert (report.images, report.test_images) == (len(train), len(test))


def test_problems_are_said() -> None:
    images, labels = digits(100)
    labels[labels == 7] = 1
    labels[labels == 3] = 1
    labels[50] = 3
    images[20] = images[10]
    images[21] = 9
    report = report_on(SourceDataset(dataset(images, labels), dataset(images[:1], labels[:1])), notes=["Said before."])
    assert report.problems == (
        "Said before.",
        "There is no image of “7”: the network cannot learn what it never sees.",
        "“3” is rare: less than a fifth of the largest class.",
        "1 image is of one colour, without anything on it.",
        "1 image repeats an earlier one exactly.",
        "1 image of the test set is in the training set as well.",
    )
    assert report.class_counts.tolist() == np.bincount(labels, minlength=10).tolist()


def test_one_image_under_two_labels_and_values_on_another_scale() -> None:
    images, labels = digits(40)
    images //= 16
    images[5] = images[4]
    problems = report_on(SourceDataset(dataset(images, labels))).problems
    assert problems == (
        "The brightest pixel is 15 of 255: the values seem to be on another scale.",
        "1 image repeats an earlier one exactly.",
        "1 image is identical to an earlier one that has another label.",
    )


def test_many_classes_are_not_all_named() -> None:
    images, labels = digits(30, classes=2)
    names = tuple(f"class {index}" for index in range(12))
    (problem,) = report_on(SourceDataset(dataset(images, labels, names))).problems
    assert problem.startswith("There is no image of “class 2”, “class 3”, “class 4”, “class 5”, “class 6” and 5 more:")


def test_polarity_of_real_images(mnist_test: ImageDataset) -> None:
    assert light_share(mnist_test.images) == 0
    assert light_share(255 - mnist_test.images) == 1


def test_small_digits_are_framed_like_mnists(mnist_test: ImageDataset) -> None:
    framed = frame_all(mnist_test.images[:20, 4:24, 4:24])
    for image in framed:
        rows, columns = np.nonzero(image >= 32)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20, 21)
        mass = float(image.sum(dtype=np.int64))
        centre = [float(image.sum(axis=1 - axis, dtype=np.int64) @ np.arange(28)) / mass for axis in (0, 1)]
        np.testing.assert_allclose(centre, 14, atol=0.51)

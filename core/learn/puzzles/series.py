"""Puzzles on the from-scratch series: its split, its shapes, its pixels, its header row."""

import io

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import ImageDataset
from core.data.importing.kaggle_csv import read_kaggle_csv
from core.data.importing.kaggle_writer import write_kaggle_csv
from core.data.importing.named_file import NamedFile
from core.data.mnist import load_mnist
from core.learn.puzzles.puzzle import SERIES, Finding, Puzzle, Reading
from core.learn.puzzles.training import FROM_SCRATCH, KAGGLE_ROWS, small_splits, splits_from, train

RATES = (0.00001, 0.0001, 0.001, 0.01, 0.1, 1.0)
"""Tried for pixels of either scale: what suits one is wild on the other."""


def kaggle_table(rows: int = KAGGLE_ROWS) -> NDArray[np.uint8]:
    """The first images of MNIST as the series has them: uint8 ``(rows, 785)``, the label first."""
    published = load_mnist("train")
    labels = published.labels[:rows, None].astype(np.uint8)
    return np.concatenate([labels, published.images[:rows].reshape(rows, -1)], axis=1)


def measure_test_from_train(rows: int = 2_800, cut: int = 2_000, epochs: int = 20) -> Finding:
    """Run the series' own two lines, train on the one part and judge by both."""
    table = kaggle_table(rows)
    train_rows, test_rows = np.split(table, [cut])
    _, x_test = np.split(train_rows.T, [1])
    known = {row.tobytes() for row in train_rows[:, 1:]}
    shared = [sum(row.tobytes() in known for row in part) for part in (x_test.T, test_rows[:, 1:])]
    config = FROM_SCRATCH.replace(hidden_size=64, optimizer="adam", learning_rate=0.003, epochs=epochs)
    wrong = train(config, splits_from(_dataset(train_rows), _dataset(train_rows)))
    right = train(config, splits_from(_dataset(train_rows), _dataset(test_rows)))
    readings = (
        Reading("Test images", x_test.shape[1], len(test_rows)),
        Reading("Test images that were trained on", shared[0], shared[1]),
        Reading("Accuracy that is reported", wrong.accuracy, right.accuracy, ".2%"),
    )
    return Finding(
        readings,
        f"Judged by what it has learned by heart, the network gets {wrong.accuracy:.2%}; on new digits it gets "
        f"{right.accuracy:.2%}.",
    )


def measure_transposed() -> Finding:
    """Run the series' lines on 42,000 images and ask NumPy for the shapes."""
    train_rows, test_rows = np.split(kaggle_table(), [30_000])
    y_train, x_train = np.split(train_rows.T, [1])
    try:
        first = str(x_train[0].reshape(28, 28).shape)
    except ValueError as error:
        first = f"ValueError: {error}"
    readings = (
        Reading("Shape of x_train", str(x_train.shape), str(train_rows[:, 1:].shape)),
        Reading("Shape of y_train", str(y_train.shape), str(train_rows[:, 0].shape)),
        Reading("x_train[0] as an image", first, str(train_rows[0, 1:].reshape(28, 28).shape)),
        Reading("Brightest pixel of x_train[0]", int(x_train[0].max()), int(train_rows[0, 1:].max())),
        Reading("Images to test on", np.split(train_rows.T, [1])[1].shape[1], len(test_rows)),
    )
    return Finding(
        readings,
        f"x_train is {x_train.shape}: a column is an image. x_train[0] is the top left pixel of "
        f"{x_train.shape[1]:,} images, all black.",
    )


def measure_never_scaled(training: int = 5_000) -> Finding:
    """Train the series' network on pixels from 0 to 255, and on pixels from 0 to 1."""
    config = FROM_SCRATCH.replace(initialisation="uniform", initial_range=0.5)
    kinds = [small_splits(training, scaling=scaling) for scaling in ("none", "zero_one")]
    wrong, right = (train(config, splits) for splits in kinds)
    best = [max(train(config.replace(learning_rate=rate), splits).accuracy for rate in RATES) for splits in kinds]
    sums = [np.abs(_first_sums(scaling)).mean() for scaling in ("none", "zero_one")]
    readings = (
        Reading("Mean size of a hidden sum at the start", float(sums[0]), float(sums[1]), ",.1f"),
        Reading("Loss at the start, nats per image", wrong.first_loss, right.first_loss, ",.1f"),
        Reading("Loss after 3 epochs", wrong.loss, right.loss, ",.2f"),
        Reading("Accuracy after 3 epochs", wrong.accuracy, right.accuracy, ".2%"),
        Reading(f"The best of {len(RATES)} learning rates", best[0], best[1], ".2%"),
    )
    return Finding(
        readings,
        f"The same network and steps: {wrong.accuracy:.2%} with pixels up to 255, {right.accuracy:.2%} with pixels up "
        f"to 1. No rate between {RATES[0]:g} and {RATES[-1]:g} makes up for it: {best[0]:.2%} at best, against "
        f"{best[1]:.2%}.",
    )


def measure_header_row(count: int = 300) -> Finding:
    """Read the same images with a header and without one, by ``np.genfromtxt(…)[1:]`` and by the importer."""
    images = load_mnist("train").subset(np.arange(count))
    buffer = io.BytesIO()
    write_kaggle_csv(images, buffer)
    with_header = buffer.getvalue()
    without = with_header.split(b"\n", 1)[1]
    table = np.genfromtxt(io.BytesIO(with_header), delimiter=",")
    cut = np.genfromtxt(io.BytesIO(without), delimiter=",")[1:]
    ours, read = (read_kaggle_csv(NamedFile("train.csv", content)) for content in (with_header, without))
    readings = (
        Reading("NaN values in the first row read", int(np.isnan(table[0]).sum()), 0),
        Reading(f"Images from {count} without a header", len(cut), len(read.images)),
        Reading("Images with a header", len(table) - 1, len(ours.images)),
    )
    return Finding(
        readings,
        f"The header becomes {int(readings[0].wrong)} NaN values, which the slice drops; where there is no header, "
        "it drops an image.",
    )


def measure_unshuffled_split(rows: int = 7_000, cut: int = 5_000) -> Finding:
    """Sort the images by label, as many sources do, and split them where they stand; then shuffle first."""
    published = load_mnist("train").subset(np.arange(rows))
    ordered = published.subset(np.argsort(published.labels, kind="stable"))
    shuffled = published.subset(np.random.default_rng(0).permutation(rows))
    outcomes, classes, unseen = [], [], []
    for dataset in (ordered, shuffled):
        first, last = dataset.subset(np.arange(cut)), dataset.subset(np.arange(cut, rows))
        outcomes.append(train(FROM_SCRATCH, splits_from(first, last)))
        classes.append(", ".join(map(str, np.unique(first.labels))))
        unseen.append(float(np.isin(last.labels, first.labels, invert=True).mean()))
    readings = (
        Reading("Digits to train on", classes[0], classes[1]),
        Reading("Test images of digits that were not trained on", unseen[0], unseen[1], ".2%"),
        Reading("Accuracy on the rest", outcomes[0].accuracy, outcomes[1].accuracy, ".2%"),
    )
    return Finding(
        readings,
        f"Split as it is, a sorted file gives an accuracy of {outcomes[0].accuracy:.2%}: {unseen[0]:.0%} of the test "
        f"images show digits that were not trained on. Shuffled first, it gives {outcomes[1].accuracy:.2%}.",
    )


def _dataset(rows: NDArray[np.uint8]) -> ImageDataset:
    return ImageDataset("kaggle", rows[:, 1:].reshape(-1, 28, 28), rows[:, 0].astype(np.int64))


def _first_sums(scaling: str) -> NDArray[np.floating]:
    config = FROM_SCRATCH.replace(initialisation="uniform", initial_range=0.5, epochs=1)
    splits = small_splits(100, 100, scaling)
    learner = train(config.replace(learning_rate=1e-5), splits).learner
    sums: NDArray[np.floating] = learner.val_images @ learner.network.parameters["layers.0.weight"].T
    return sums


_SPLIT = (
    'data = np.genfromtxt("train.csv", delimiter=",")[1:]\n\ntrain, test = np.split(data, [30000])\n'
    "y_train, x_train = np.split(train.T, [1])\ny_test, x_test = np.split(train.T, [1])"
)

PUZZLES = (
    Puzzle(
        slug="test-from-train",
        title="Four lines, one word",
        document=SERIES,
        quotation=_SPLIT,
        question="30,000 images to train on, 12,000 to test on. Which line gives a false accuracy?",
        choices=(
            "The last: the test images are taken from `train`.",
            "The second: `np.split` shuffles the rows.",
            "The third: the labels are split off on the wrong side.",
        ),
        answer=0,
        explanation="`test` is made and never used: x_test and y_test come from `train` as well, all 30,000 images of "
        "it. A network that has learned its training images by heart is then tested on just these. The accuracy looks "
        "better than it is, and no error is raised. Digit Lab keeps the official test images apart and compares the "
        "images of all splits with each other.",
        measure=measure_test_from_train,
        doing="Train on 2,000 images; test on them, and on 800 others",
        seconds=3,
        code="core.data.splits:make_splits",
    ),
    Puzzle(
        slug="transposed",
        title="Rows or columns",
        document=SERIES,
        quotation="y_train, x_train = np.split(train.T, [1])\n…\n- `x_train`: shape (30000, 784), each row contains "
        "the pixel data for an image",
        question="`train` has 30,000 rows of a label and 784 pixels. What shape does x_train have?",
        choices=("(30000, 784)", "(784, 30000)", "(30000, 785)"),
        answer=1,
        explanation="`train.T` transposes the table before it is split: a column is an image, a row is one pixel of "
        "all images. The text describes the array before it was transposed. No error is raised at first; x_train[0] is "
        "simply not an image. Asking NumPy is easy: `x_train.shape`.",
        measure=measure_transposed,
        doing="Run these lines on 42,000 images",
        code="core.learn.arrays:network_arrays",
    ),
    Puzzle(
        slug="never-scaled",
        title="From 0 to 255, all the way",
        document=SERIES,
        quotation="y_train, x_train = np.split(train.T, [1])\n…\nW1 = np.random.rand(20, 784) - 0.5\n"
        "B1 = np.zeros((20, 1))",
        question="The pixels go from the file straight into the network. What does the first hidden layer see?",
        choices=(
            "Sums in the hundreds: the softmax is immediately certain of a wrong answer, and steps are far too long.",
            "The same as with pixels from 0 to 1: the weights make up for it immediately.",
            "Nothing: bytes cannot be multiplied with numbers.",
        ),
        answer=0,
        explanation="A hidden sum adds up hundreds of pixels; 255 times larger pixels make 255 times larger sums, and "
        "larger gradients as well. A rate that suits one scale is far off for the other, and with first weights of up "
        "to ±0.5 no rate makes up for it. Scale with numbers taken from the training images, and use the same ones for "
        "validation, test and drawings.",
        measure=measure_never_scaled,
        doing="Train 784-20-10 on both kinds of pixels, at six rates",
        seconds=8,
        code="core.drawings.preprocessing:normalise",
    ),
    Puzzle(
        slug="header-row",
        title="The row that is not an image",
        document=SERIES,
        quotation='data = np.genfromtxt("train.csv", delimiter=",")[1:]',
        question="Why the [1:], and what does it do to a file without a header?",
        choices=(
            "It drops the labels; without a header it drops the first pixel.",
            "It is not needed: genfromtxt knows headers.",
            "The header is read as a row of NaN values, which the slice drops; without a header it drops an image.",
        ),
        answer=2,
        explanation="`genfromtxt` takes every row for numbers: “label”, “pixel0” … become NaN. The slice removes the "
        "first row and takes for granted that it was a header. Forget the slice, and the NaN spreads: mean, loss and "
        "every weight turn into NaN. Digit Lab checks what the first row is, and says in its report when there was no "
        "header.",
        measure=measure_header_row,
        doing="Read 300 images with and without a header",
        seconds=3,
        code="core.data.importing.table_layout:read_layout",
    ),
    Puzzle(
        slug="unshuffled-split",
        title="The first 30,000",
        document=SERIES,
        quotation="train, test = np.split(data, [30000])",
        question="The file is cut in the order of its rows. When does that go wrong?",
        choices=(
            "Never: every image is in one of the parts.",
            "When the file is sorted by label: then whole digits are missing from the training.",
            "When the number of images is odd.",
        ),
        answer=1,
        explanation="Kaggle’s rows are in random order, so here it goes well; by luck, not by care. A folder per "
        "class, or a file sorted by label, gives parts with different digits. A stratified split takes the same share "
        "of every class, whatever the order.",
        measure=measure_unshuffled_split,
        doing="Split a sorted file, and a shuffled one",
        seconds=4,
        code="core.data.splits:stratified_split",
    ),
)

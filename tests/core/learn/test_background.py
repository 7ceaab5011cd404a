"""Background: what is written is whole, and what it says of the images is true of them."""

import numpy as np
import pytest

from core.data.dataset import ImageDataset
from core.errors import DataError
from core.learn.background import SECTIONS, Section, read_sections, section_named

SAYS = {
    "mnist": (
        "Modified NIST",
        "1998",
        "Census Bureau",
        "high-school students",
        "anti-aliasing",
        "Variety",
        "benchmark",
    ),
    "supervised": ("supervised", "unsupervised"),
    "perceptron": ("Rosenblatt", "multilayer perceptron"),
    "rewind": ("not possible to rewind in time", "recurrent"),
    "pytorch": ("Lua", "January 2017"),
    "transforms": ("ToTensor", "Normalize"),
    "minima": ("local minimum", "saddle points"),
    "tools": ("NumPy", "PyTorch", "torchvision", "Matplotlib", "Google Colab"),
    "conclusion": ("validation", "reflection"),
}
"""What each section must speak of: the documents ask for it."""


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.slug)
def test_every_section_says_what_it_is_for_with_its_sources(section: Section) -> None:
    assert all(word in section.text for word in SAYS[section.slug])
    assert section.shown_at
    assert section.sources
    assert all(url.startswith("https://") for _title, url in section.sources)
    assert section_named(section.slug) is section


def test_nothing_else_is_there() -> None:
    assert [section.slug for section in SECTIONS] == list(SAYS)


@pytest.mark.slow
def test_what_it_says_of_mnist_is_true_of_the_files(mnist_train: ImageDataset, mnist_test: ImageDataset) -> None:
    text = section_named("mnist").text
    assert (len(mnist_train), len(mnist_test)) == (60_000, 10_000)
    assert "60,000 to train on and 10,000 to test on" in text
    pixels = mnist_train.images
    between = np.count_nonzero((pixels > 0) & (pixels < 253)) / np.count_nonzero(pixels)
    assert between == pytest.approx(0.7, abs=0.05)
    assert "Seven in ten pixels with ink have a value from 1 to 252" in text
    shares = np.bincount(mnist_train.labels) / len(mnist_train)
    assert (shares.argmin(), shares.argmax()) == (5, 1)
    assert f"from {shares.min():.1%} of 5s to {shares.max():.1%} of 1s" in text
    # The longer side is 20 pixels of the 28: look at some.
    sides = [max(np.ptp(places) + 1 for places in np.nonzero(image)) for image in pixels[:500]]
    assert set(sides) == {20}


@pytest.mark.parametrize("text", ["# mnist\nText", "# a | A\nsee | explore", "# a | A\nsource | | https://x.org"])
def test_a_line_that_lacks_something_is_named(text: str) -> None:
    with pytest.raises(DataError, match=r"has [23] parts"):
        read_sections(text)

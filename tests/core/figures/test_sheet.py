"""Many pictures in one file."""

import io

import numpy as np
from PIL import Image

from core.figures.sheet import picture_sheet


def test_every_picture_stands_where_its_number_says():
    images = np.random.default_rng(0).integers(0, 256, (23, 28, 28), dtype=np.uint8)
    sheet = np.asarray(Image.open(io.BytesIO(picture_sheet(images, columns=5))))
    assert sheet.shape == (5 * 28, 5 * 28)
    for number, image in enumerate(images):
        top, left = 28 * (number // 5), 28 * (number % 5)
        np.testing.assert_array_equal(sheet[top : top + 28, left : left + 28], image)
    assert not sheet[4 * 28 :, 3 * 28 :].any()

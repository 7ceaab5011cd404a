import io

import numpy as np
from PIL import Image

from core.data.mnist import load_mnist


def test_two_digits_in_a_picture_are_read_one_by_one(open_page):
    images = load_mnist("test").images
    both = np.concatenate([images[0], images[1]], axis=1)
    stream = io.BytesIO()
    Image.fromarray(both).resize((560, 280)).save(stream, "PNG")
    page = open_page("draw", source="upload")
    page.file_uploader[0].set_value([("two.png", stream.getvalue(), "image/png")]).run()
    assert "more than one digit" in " ".join(element.value for element in page.markdown)
    # The first two test digits are a 7 and a 2.
    assert page.metric[0].value == "72"
    said = " ".join(element.value for element in page.markdown)
    assert "read one by one from left to right: **7** (" in said
    assert not page.exception

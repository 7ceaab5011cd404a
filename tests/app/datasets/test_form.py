import io
import zipfile

import numpy as np
import pytest
from PIL import Image, ImageDraw


def photographs() -> bytes:
    """Dark digits on light paper, two classes, in a zip."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for label in ("0", "1"):
            for number in range(6):
                image = Image.new("L", (200, 160), 230)
                box = (60 + number, 40, 110, 120) if label == "0" else (80 + number, 40, 84 + number, 120)
                ImageDraw.Draw(image).ellipse(box, outline=30, width=6)
                picture = io.BytesIO()
                image.save(picture, "PNG")
                archive.writestr(f"{label}/{number}.png", picture.getvalue())
    return stream.getvalue()


@pytest.mark.slow
def test_photographs_are_brought_to_mnists_form_unless_somebody_switches_it_off(open_page):
    page = open_page("datasets")
    page.file_uploader(key="import_files").set_value([("own.zip", photographs(), "application/zip")]).run()
    switch = page.toggle(key="import_form_upload")
    assert switch.value
    said = " ".join(element.value for element in page.markdown)
    assert "been converted to MNIST’s form" in said
    assert "Originals" in [element.value for element in page.caption]
    page.toggle(key="import_form_upload").set_value(False).run()
    assert not page.toggle(key="import_form_upload").value
    said = " ".join(element.value for element in page.markdown)
    assert "converted to MNIST’s form" not in said
    assert "scaled to 28×28" in said
    page.toggle(key="import_form_upload").set_value(True).run()
    assert page.toggle(key="import_form_upload").value
    assert not page.exception
    page.button(key="import_discard_upload").click().run()


def test_a_table_has_no_such_switch(open_page):
    rows = "\n".join(",".join(["1", *map(str, np.full(784, 9))]) for _ in range(12))
    page = open_page("datasets")
    page.file_uploader(key="import_files").set_value([("digits.csv", rows.encode(), "text/csv")]).run()
    assert [toggle for toggle in page.toggle if toggle.key == "import_form_upload"] == []
    page.button(key="import_discard_upload").click().run()

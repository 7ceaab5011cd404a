"""HEIC and AVIF: read in a process of their own, upright; what is damaged, too large or not installed is named."""

import io
import sys
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, features
from PIL.ExifTags import Base

from core.data.mnist import load_mnist
from core.drawings import apart_readers
from core.drawings.pictures import read_picture
from core.drawings.preprocessing import drawing_to_digit
from core.errors import UploadError

SEVEN = load_mnist("test").images[0]


def photo(kind: str, orientation: int = 1) -> bytes:
    """Dark on light, with the word of a camera that was held sideways."""
    pillow_heif.register_heif_opener()
    paper = Image.fromarray(230 - (np.kron(SEVEN, np.ones((8, 8))) * 0.8).astype(np.uint8)).convert("RGB")
    turned = paper.transpose(Image.Transpose.ROTATE_90) if orientation == 6 else paper
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    buffer = io.BytesIO()
    turned.save(buffer, kind, exif=exif.tobytes())
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_a_phones_photo_is_read_upright(kind: str) -> None:
    digit = drawing_to_digit(read_picture(photo(kind, orientation=6))).digit
    assert np.corrcoef(digit.ravel(), SEVEN.ravel())[0, 1] > 0.85


def test_a_damaged_one_is_named() -> None:
    with pytest.raises(UploadError) as caught:
        read_picture(photo("HEIF")[:-300])
    assert str(caught.value) == "The photo is damaged: reading it as HEIC failed. Save it again, or convert it."


def test_one_that_claims_too_much_or_cannot_be_read_here_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(photo("HEIF"))
    with pytest.raises(UploadError, match=r"^The picture is 224 × 224 pixels; at most 0 million are read"):
        apart_readers.read_photo(path, "HEIC", 50_000)
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(UploadError, match=r"pillow-heif, which reads it, is not installed: convert it to JPEG"):
        apart_readers.read_photo(path, "HEIC", 100_000)
    monkeypatch.setattr(features, "check", lambda _name: False)
    with pytest.raises(UploadError, match=r"AVIF picture, .* convert it to JPEG or PNG"):
        apart_readers.read_photo(path, "AVIF", 100_000)

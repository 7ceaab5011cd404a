import contextlib
import io
import pickle
import random
import struct
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.data.mnist import load_mnist
from core.drawings.pictures import MAX_BYTES, read_canvas, read_picture
from core.drawings.preprocessing import drawing_to_digit
from core.errors import UploadError

Images = NDArray[np.uint8]


@pytest.fixture(scope="module")
def digit() -> Images:
    return load_mnist("test").images[0]


@pytest.fixture(scope="module")
def large(digit: Images) -> Images:
    return np.asarray(Image.fromarray(digit).resize((300, 300), Image.Resampling.BICUBIC))


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def likeness(data: bytes, expected: Images) -> float:
    """Correlation of the digit that comes out with the one that went in."""
    found = drawing_to_digit(read_picture(data)).digit
    return float(np.corrcoef(found.ravel(), expected.ravel())[0, 1])


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_that_claims(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(20_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_every_format_in_either_polarity(large: Images, digit: Images, kind: str, inverted: bool) -> None:
    picture = Image.fromarray(255 - large if inverted else large)
    assert likeness(encoded(picture, kind), digit) > 0.9


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_colour_mode(large: Images, digit: Images, mode: str) -> None:
    if mode == "I;16":
        picture = Image.fromarray(large.astype(np.uint16) * 200)
    else:
        picture = Image.fromarray(large).convert(mode)
    assert likeness(encoded(picture, "TIFF" if mode == "CMYK" else "PNG"), digit) > 0.9


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 30), (240, 230, 20)])
def test_strokes_on_a_transparent_background(large: Images, digit: Images, colour: tuple[int, int, int]) -> None:
    layers = np.zeros((*large.shape, 4), np.uint8)
    layers[..., :3] = colour
    layers[..., 3] = large
    assert likeness(encoded(Image.fromarray(layers)), digit) > 0.9


def test_a_white_card_with_transparent_corners(large: Images, digit: Images) -> None:
    layers = np.full((360, 360, 4), 255, np.uint8)
    layers[30:330, 30:330, :3] = 255 - large[..., None]
    layers[:12, :12, 3] = 0
    layers[-12:, -12:, 3] = 0
    assert likeness(encoded(Image.fromarray(layers)), digit) > 0.9


def test_all_transparent_is_blank() -> None:
    assert not read_picture(encoded(Image.new("RGBA", (50, 50), (9, 9, 9, 0)))).any()


@pytest.mark.parametrize("kind", ["JPEG", "MPO", "PNG", "WEBP", "TIFF"])
def test_a_photo_is_turned_upright(large: Images, digit: Images, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways = Image.fromarray(np.rot90(large, 1).copy())
    assert likeness(encoded(sideways, kind, exif=exif), digit) > 0.9


def photo(large: Images, slope: float, noise: float) -> Image.Image:
    """Dark ink on paper under uneven light, with grain and a dark table at one edge."""
    rng = np.random.default_rng(3)
    side = 640
    rows, columns = np.mgrid[:side, :side] / side
    paper = 215 - slope * (rows + columns) / 2
    ink = np.zeros((side, side))
    ink[180:480, 200:500] = large / 255
    picture = paper * (1 - 0.7 * ink) + rng.normal(0, noise, (side, side))
    picture[:, :30] = 40
    return Image.fromarray(picture.clip(0, 255).astype(np.uint8)).convert("RGB")


@pytest.mark.parametrize(("slope", "noise"), [(0, 0), (90, 6), (60, 15), (140, 6)])
def test_a_photo_with_a_shadow_and_grain(large: Images, digit: Images, slope: float, noise: float) -> None:
    assert likeness(encoded(photo(large, slope, noise), "JPEG", quality=75), digit) > 0.85


@pytest.mark.parametrize("noise", [0, 8, 15])
@pytest.mark.parametrize("slope", [0, 140])
def test_blank_paper_has_no_ink(slope: int, noise: int) -> None:
    rng = np.random.default_rng(1)
    paper = 220 - slope * np.mgrid[:400, :500][1] / 500 + rng.normal(0, noise, (400, 500))
    assert not read_picture(encoded(Image.fromarray(paper.clip(0, 255).astype(np.uint8)), "JPEG")).any()


def test_of_an_animation_the_first_frame_counts(large: Images, digit: Images) -> None:
    frames = [Image.fromarray(np.rot90(large, turn).copy()) for turn in (1, 2)]
    data = encoded(Image.fromarray(large), "GIF", save_all=True, append_images=frames)
    assert likeness(data, digit) > 0.9


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "0 bytes"),
        (b"no picture at all", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG drawing: export it as PNG"),
        (b"%PDF-1.7\n", "a PDF: export its pages"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "damaged: reading it as HEIC failed"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "damaged: reading it as AVIF failed"),
        (encoded(Image.new("L", (40, 40)), "TIFF", tiffinfo={50706: bytes([1, 4, 0, 0])}), "raw photo.*JPEG"),
        (b"II*\0\x10\0\0\0CR\2\0", "raw photo.*JPEG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "PostScript file: export it as PNG"),
        (pickle.dumps(np.zeros(3)), "is a pickle"),
        (b"x" * (MAX_BYTES + 1), "larger than 30 MB"),
        (encoded(Image.new("L", (20_000, 100))), "20,000 × 100"),
        (png_that_claims(8_000, 8_000), "25 million"),
        (png_that_claims(100_000, 100_000), "too many pixels"),
    ],
    ids=[
        "empty",
        "text",
        "svg",
        "pdf",
        "heic",
        "avif",
        "dng",
        "cr2",
        "eps",
        "pickle",
        "long",
        "wide",
        "bomb",
        "huge bomb",
    ],
)
def test_what_is_refused_is_refused_in_a_sentence_and_without_much_memory(data: bytes, words: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(UploadError, match=words) as caught:
            read_picture(data)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.__cause__ is None
    assert str(caught.value).endswith(".")


def test_a_webp_bomb_is_refused_before_it_is_opened() -> None:
    data = bytearray(
        encoded(Image.new("RGBA", (50, 50), (0, 0, 0, 9)), "WEBP", lossless=True, exif=b"Exif\0\0" + b"0" * 20)
    )
    assert data[12:16] == b"VP8X"
    data[24:27] = data[27:30] = (16_382).to_bytes(3, "little")
    with pytest.raises(UploadError, match="16,383"):
        read_picture(bytes(data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_a_truncated_file_is_refused(large: Images, kind: str) -> None:
    data = encoded(Image.fromarray(large), kind)
    with pytest.raises(UploadError):
        read_picture(data[: len(data) // 2])


# Pillow warns about some of the damage before it gives up.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_broken_bytes_never_raise_anything_else(large: Images, capfd: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(5)
    files = [
        encoded(Image.fromarray(large[::5, ::5].copy()), kind) for kind in ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
    ]
    for _ in range(300):
        data = bytearray(chance.choice(files))
        for _ in range(chance.randint(1, 5)):
            data[chance.randrange(min(len(data), 400))] = chance.randrange(256)
        with contextlib.suppress(UploadError):
            assert read_picture(bytes(data)).dtype == np.uint8
    capfd.readouterr()


def test_limits_can_be_lowered(large: Images) -> None:
    data = encoded(Image.fromarray(large))
    with pytest.raises(UploadError, match="larger than"):
        read_picture(data, max_bytes=100)
    with pytest.raises(UploadError, match="300 × 300"):
        read_picture(data, max_pixels=89_999)


_MEASURED = """
import resource, sys
from core.drawings.pictures import read_picture
read_picture(open(sys.argv[1], "rb").read())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[2:]:
    assert read_picture(open(path, "rb").read()).any()
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.slow
def test_a_phones_full_size_is_read_in_bounded_memory(digit: Images, tmp_path: Path) -> None:
    """50 megapixels, 25 MB: synthetic, and filled up behind its end. Measured as the peak of a process of its own."""
    small, large, progressive = (tmp_path / name for name in ("small", "large", "progressive"))
    small.write_bytes(encoded(Image.fromarray(digit), "PNG"))
    paper = Image.fromarray(digit).resize((8160, 6120))
    large.write_bytes(encoded(paper, "JPEG").ljust(25_000_000, b"\0"))
    # All of its coefficients are needed before the first pixel is.
    progressive.write_bytes(encoded(paper.convert("RGB"), "JPEG", progressive=True))
    command = [sys.executable, "-c", _MEASURED, *map(str, (small, large, progressive))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    megabytes = list(map(float, done.stdout.split()))
    assert megabytes[0] < 80
    assert megabytes[1] < 300


def test_a_photo_with_another_picture_behind_it_may_be_as_large(digit: Images) -> None:
    """As phones save them, with a map of the light: 30 megapixels are more than other formats may have."""
    paper = Image.fromarray(digit).resize((6000, 5000))
    others = {"save_all": True, "append_images": [Image.new("L", (8, 8))]}
    data = encoded(paper, "MPO", **others)
    assert Image.open(io.BytesIO(data)).format == "MPO"
    assert likeness(data, digit) > 0.9
    with pytest.raises(UploadError, match="at most 25 million"):
        read_picture(encoded(paper, "PNG", compress_level=1))


def test_a_canvas_comes_back_exactly_but_for_noise(large: Images) -> None:
    layers = np.zeros((*large.shape, 4), np.uint8)
    layers[..., :3] = large[..., None]
    layers[..., 3] = 255
    assert np.array_equal(
        read_canvas(encoded(Image.fromarray(layers)), largest_side=300), np.where(large > 8, large, 0)
    )


def test_a_canvas_sends_nothing_but_png_of_its_size(large: Images) -> None:
    with pytest.raises(UploadError, match="larger than the canvas"):
        read_canvas(encoded(Image.fromarray(large)), largest_side=299)
    with pytest.raises(UploadError, match="not a picture"):
        read_canvas(encoded(Image.fromarray(large), "JPEG"), largest_side=300)


@pytest.mark.parametrize("short", [1, 2, 3, 4, 5, 12, 30])
def test_a_picture_of_any_proportions_is_read_or_has_no_ink(short: int) -> None:
    """Reduced to the size at which ink is searched for, a thin one may be a single pixel wide."""
    noise = np.random.default_rng(short).integers(0, 256, (10_000, short), dtype=np.uint8)
    for long in (1, 2, 3, 5, 27, 101, 401, 800, 801, 1_000, 1_300, 1_601, 9_000, 10_000):
        line = np.full((long, short), 255, np.uint8)
        line[long // 3 : long // 2 + 1, short // 3 : short // 2 + 1] = 0
        for grey in (line, line.T, noise[:long], noise[:long].T):
            ink = read_picture(encoded(Image.fromarray(np.ascontiguousarray(grey)), "BMP"))
            assert drawing_to_digit(ink).digit.shape == (28, 28)
            assert ink.any() or min(grey.shape) < 40


def test_a_jpeg_of_endless_passes_is_refused(large: Images) -> None:
    """Each is some bytes in the file, and a walk over all pixels."""
    content = encoded(Image.fromarray(large), "JPEG", progressive=True)
    start, end = content.rindex(b"\xff\xda"), content.rindex(b"\xff\xd9")
    for more, follows in ((0, b""), (80, b""), (0, content[start:end] * 1_000)):
        assert read_picture(content[:end] + content[start:end] * more + content[end:] + follows).any()
    with pytest.raises(UploadError, match=r"^The picture is stored in more than 100 passes, as no camera does: save"):
        read_picture(content[:end] + content[start:end] * 100 + content[end:])


MARKS = [b"\xff\xd8", b"\xff\xe1\0\0", b"\xff\xfe\0\2", b"\xff\xd0", b"\xff\0", b"\xff\xf0", b"\xff", b"\0"]


@pytest.mark.parametrize("mark", MARKS, ids=bytes.hex)
def test_a_jpeg_of_endless_segments_is_refused_before_each_is_looked_at(
    mark: bytes, large: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pillow looks at each, and at each byte between them, up to the first scan."""
    content = encoded(Image.fromarray(large), "JPEG")
    monkeypatch.setattr(Image, "open", pytest.fail)
    for damaged in (content[:2] + mark * 20_000 + content[2:], content[:2] + mark * 20_000):
        with pytest.raises(UploadError, match=r"^The picture is damaged or cut short"):
            read_picture(damaged)


def test_what_cameras_store_beside_a_picture_is_no_endless_segment(large: Images) -> None:
    """Restarts after each block, a profile of 2 MB, padding, and other pictures behind it."""
    photo = Image.fromarray(large)
    content = encoded(photo, "JPEG", restart_marker_blocks=1, icc_profile=bytes(2_000_000), comment=b"x" * 60_000)
    assert content.count(b"\xff\xd5") > 100
    expected = read_picture(encoded(photo, "JPEG"))
    for whole in (content, content[:2] + b"\xff" * 200 + content[2:], content + b"\xff\xd8" * 20_000):
        np.testing.assert_array_equal(read_picture(whole), expected)


@pytest.mark.parametrize(("side", "is_read"), [(128, True), (20_000, False)])
def test_a_tiff_of_tiles_that_are_larger_than_any_picture_is_refused(side: int, is_read: bool) -> None:
    """100 × 100 pixels, as the file declares, in a tile that takes 400 MB."""
    packer = zlib.compressobj(9)
    tile = b"".join([*(packer.compress(bytes(side)) for _ in range(side)), packer.flush()])
    tags = {256: 100, 257: 100, 258: 8, 259: 8, 262: 1, 277: 1, 322: side, 323: side, 324: 0, 325: len(tile)}
    tags[324] = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    content = struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(4) + tile
    if is_read:
        assert read_picture(content).shape == (100, 100)
    else:
        with pytest.raises(UploadError, match=r"^The picture is in tiles of 20,000 × 20,000 pixels: save it without"):
            read_picture(content)

"""Finding ink: what is read of simulated photographs and of digits in large pictures, and how long that takes."""

import io
import time
from collections.abc import Sequence

import numpy as np
from PIL import Image

from benchmarks.photographs import PHOTOGRAPHS, photograph
from benchmarks.report import Row
from benchmarks.surfaces import BLANKS, SURFACES, blank, picture_of
from core.analysis.verdict import Verdict
from core.data.catalogue import load_splits
from core.data.framing import Framing
from core.data.mnist import load_mnist
from core.drawings.pictures import read_picture
from core.models.numpy_model import NumpyModel
from core.reading.answers import Answer, answers_to
from core.reading.judging import make_judge
from core.reading.reader import Reader
from core.reading.sources import found_in_picture
from core.runs.archive import DEMO_DIRECTORY
from core.runs.files import CHECKPOINT
from core.runs.model_tensors import read_model

OF_EACH_KIND, QUICK_OF_EACH_KIND = 12, 3
DIGITS, QUICK_DIGITS = 30, 6
HEIGHTS = {60: 80.0, 90: 93.0, 120: 93.0}
"""Pixels in 800, and the share of them that is to be read, in percent."""
CONFIDENTLY_WRONG = 100 / 30
PHOTOGRAPHS_READ, SHADOWS_READ = 92.0, 100 * 10 / 12
SECONDS_PER_12_MP = 0.3


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """Everything from seeds, on the demo run."""
    model = read_model(DEMO_DIRECTORY / CHECKPOINT)
    return {
        "Simulated photographs, read by the demo run": photographs_read(model, quick),
        "Test digits in pictures of 1,000 × 800": _digits_read(
            Reader(model, make_judge(model, load_splits(model.config))), quick
        ),
        "Surfaces without ink": _blanks(quick),
        "A phone's picture": _large(quick),
    }


def photographs_read(model: NumpyModel, quick: bool, *, reach: float = PHOTOGRAPHS_READ) -> list[Row]:
    """Share of each kind that the most probable class is right for."""
    count = QUICK_OF_EACH_KIND if quick else OF_EACH_KIND
    rows, everything, reader = [], [], Reader(model)
    for kind in PHOTOGRAPHS:
        right = [_read(reader, photograph(kind, seed % 10, seed)).label == seed % 10 for seed in range(count)]
        everything += right
        rows.append(
            Row(kind, (_share(right),), "%", reach=SHADOWS_READ if kind == "shadow" else None, bound="at least")
        )
    return [*rows, Row("all of them", (_share(everything),), "%", reach=reach, bound="at least")]


def _digits_read(reader: Reader, quick: bool) -> list[Row]:
    test = load_mnist("test").subset(np.arange(QUICK_DIGITS if quick else DIGITS))
    rows = []
    for surface in SURFACES:
        for height, reach in HEIGHTS.items():
            for inverted in (False, True):
                read = [
                    (label, _read(reader, picture_of(image, surface, height, seed, inverted=inverted)))
                    for seed, (image, label) in enumerate(zip(test.images, test.labels.tolist(), strict=True))
                ]
                name = f"{surface}, {height} px tall{', negative' if inverted else ''}"
                right = [answer.label == label for label, answer in read]
                sure = [answer.label != label and answer.verdict is Verdict.DIGIT for label, answer in read]
                rows.append(Row(name, (_share(right),), "%", reach=reach, bound="at least"))
                rows.append(Row("  confidently incorrect", (_share(sure),), "%", reach=CONFIDENTLY_WRONG))
    return rows


def _blanks(quick: bool) -> list[Row]:
    count = QUICK_OF_EACH_KIND if quick else OF_EACH_KIND
    return [
        Row(kind, (_share([bool(read_picture(blank(kind, seed)).any()) for seed in range(count)]),), "%", reach=0.0)
        for kind in BLANKS
    ]


def _large(quick: bool) -> list[Row]:
    """Processor time of this process: a machine that is busy with something else does not count."""
    rows = []
    # What 50 megapixels of real grain take, 25 MB and more, is made of noise.
    for megapixels, size, noise in ((12, (4000, 3000), 6), (50, (8160, 6120), 6), (50, (8160, 6120), 24)):
        data, seconds = _phone_picture(size, noise), list[float]()
        for _ in range(2 if quick else 5):
            started = time.process_time()
            read_picture(data)
            seconds.append(time.process_time() - started)
        reach = SECONDS_PER_12_MP * size[0] * size[1] / 12e6
        rows.append(Row(f"{megapixels} MP, {len(data) / 1e6:.0f} MB", tuple(seconds), reach=reach))
    return rows


def _phone_picture(size: tuple[int, int], noise: int) -> bytes:
    small = Image.open(io.BytesIO(photograph("plain", 3, 1)))
    pixels = np.asarray(small.resize(size, Image.Resampling.BICUBIC)).astype(np.int16)
    pixels += np.random.default_rng(0).integers(-noise, noise + 1, pixels.shape, dtype=np.int16)
    stream = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=88 if noise < 10 else 95)
    return stream.getvalue()


def _read(reader: Reader, data: bytes) -> Answer:
    """The answer and the verdict that the product gives."""
    (answer,) = answers_to([found_in_picture("picture", data, Framing.MNIST)], reader)
    return answer


def _share(hits: Sequence[bool]) -> float:
    return 100 * sum(hits) / len(hits)

"""Damaged files for the importers, and for whoever reads pictures to predict."""

import re
import zipfile
from collections.abc import Mapping
from random import Random

import numpy as np

from core.data.framing import Framing
from core.data.importing.files import read_files
from core.data.importing.form import Form
from core.data.importing.named_file import NamedFile
from core.data.importing.report import ImportPreview
from core.drawings.pictures import read_canvas, read_picture
from core.reading.sources import Found, read_sources
from soak.fuzzed import specimens
from soak.mutations import mutated, mutated_text, strange_word


def feed_table(random: Random) -> None:
    """A table, or several, of which some are damaged."""
    _import(_damaged(random.choice(specimens.tables()), random), random)


def feed_arrays(random: Random) -> None:
    """IDX files and arrays of NumPy’s."""
    _import(_damaged(random.choice(specimens.arrays()), random), random)


def feed_archive(random: Random) -> None:
    """A zip or a tar that is damaged, or a sound one with strange names or damaged files in it."""
    content = random.choice(specimens.archives())
    if random.random() < 0.4:
        content = _odd_archive(random)
    else:
        content = mutated(content, specimens.archives(), random)
    _import({random.choice(("d.zip", "d.tar", "d.tar.gz", "d")): content}, random)


def feed_picture(random: Random) -> None:
    """A picture, and the canvas that a browser sends."""
    data = mutated(random.choice(specimens.pictures()), specimens.pictures(), random)
    if random.random() < 0.2:
        ink = read_canvas(data, largest_side=1_200)
    else:
        ink = read_picture(data)
    assert ink.dtype == np.uint8, ink.dtype
    assert ink.ndim == 2, ink.shape


def feed_reading(random: Random) -> None:
    """What ``predict`` and Draw read: whatever cannot be read is named, and the rest goes on."""
    name, content = _any_file(random)
    files = [
        NamedFile(name, mutated(content, specimens.archives(), random)),
        NamedFile("sound.png", specimens.picture("PNG")),
    ]
    read = list(read_sources(files, random.choice(list(Framing))))
    for one in read:
        if isinstance(one, Found):
            assert (one.image.shape, one.image.dtype) == ((28, 28), np.uint8), one.image.shape
        else:
            check_sentence(one.sentence)
    assert any(isinstance(one, Found) and one.path == "sound.png" for one in read), "a sound picture was not read"


def feed_foreign(random: Random) -> None:
    """Parquet, MATLAB’s files, HEIC and AVIF."""
    name, content = random.choice(specimens.foreign())
    data = mutated(content, [content for _, content in specimens.foreign()], random)
    if name.endswith(("heic", "avif")):
        read_picture(data)
    else:
        _import({name: data}, random)


def check_sentence(sentence: str) -> None:
    """What a person reads is words: not empty, not a traceback, not the inside of a program."""
    assert sentence.strip(), "an empty sentence"
    assert len(sentence) < 1_000, f"an endless sentence: {sentence[:200]}"
    inside = re.search(r"Traceback|object at 0x|<class '|\bErrno\b|core/\w+/|site-packages", sentence)
    assert inside is None, f"a sentence from inside: {sentence[:300]}"


def _any_file(random: Random) -> tuple[str, bytes]:
    kind = random.randrange(4)
    if kind == 0:
        return "d.zip", random.choice(specimens.archives())
    if kind == 1:
        return "a.png", random.choice(specimens.pictures())
    return random.choice(list(random.choice(specimens.tables() if kind == 2 else specimens.arrays()).items()))


def _damaged(files: Mapping[str, bytes], random: Random) -> dict[str, bytes]:
    """The same files, at least one of them damaged; now and then one has another name, or is missing."""
    chosen = random.choice(list(files))
    damaged = {
        name: mutated(content, list(files.values()), random) if name == chosen or random.random() < 0.3 else content
        for name, content in files.items()
    }
    if random.random() < 0.15:
        damaged[mutated_text(chosen, random)] = damaged.pop(chosen)
    if len(damaged) > 1 and random.random() < 0.1:
        damaged.pop(random.choice(list(damaged)))
    return damaged


def _odd_archive(random: Random) -> bytes:
    files = random.choice((specimens.folders(), specimens.listed(), dict(random.choice(specimens.arrays()))))
    odd: dict[str, bytes] = {}
    for name, content in files.items():
        new = mutated_text(name, random) if random.random() < 0.3 else name
        new = f"../{new}" if random.random() < 0.02 else new
        odd[new.encode("utf-8", "replace").decode()] = (
            mutated(content, (), random) if random.random() < 0.3 else content
        )
    if random.random() < 0.4:
        return specimens.tarred({name.replace("\0", ""): content for name, content in odd.items()})
    return specimens.zipped(odd, random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def _import(files: Mapping[str, bytes], random: Random) -> None:
    names = tuple(strange_word(random) for _ in range(4)) if random.random() < 0.05 else ()
    form = random.choice(list(Form)) if random.random() < 0.1 else None
    _check(read_files([NamedFile(name, content) for name, content in files.items()], class_names=names, form=form))


def _check(preview: ImportPreview) -> None:
    """What was read after all can be shown and trained on."""
    train = preview.published.train
    assert len(train) or preview.published.test is not None, "nothing was read, and nothing was said"
    assert preview.report.class_counts.sum() >= 0
    for sentence in (*preview.report.problems, *preview.report.notes, *preview.report.left_out):
        check_sentence(sentence)

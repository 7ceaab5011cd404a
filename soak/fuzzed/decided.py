"""What somebody has decided of labels, what an examination of labels has kept, and names of classes of one’s own."""

import json
import tempfile
from functools import cache
from pathlib import Path
from random import Random

import numpy as np

from core.corrections import Correction
from core.data.catalogue import Catalogue
from core.data.corrected import with_corrections
from core.data.dataset import ImageDataset
from core.data.drawn import mark_of
from core.data.my_drawings import MyDrawings
from core.labels.copies import Copies
from core.labels.decisions import Decisions, effective
from core.labels.examination import examination_of, read_examination, write_examination
from soak.fuzzed import specimens
from soak.fuzzed.models import other_header
from soak.mutations import mutated, mutated_text, strange_word
from ui.datasets.own_classes import MOST_CLASSES, own_class_names

_OWNER = "a" * 32


def feed_labels(random: Random) -> None:
    """A damaged file of decisions or of an examination, or odd names: what is taken fits the images, and goes on."""
    random.choice((_feed_decisions, _feed_examination, _feed_names))(random)


def _feed_decisions(random: Random) -> None:
    train = _train()
    with tempfile.TemporaryDirectory() as place:
        decisions = Decisions(Path(place), "some", _OWNER)
        text = "0:0:1,3:3:x,5:1:1"
        text = mutated_text(text, random) if random.random() < 0.6 else text
        content = json.dumps({"decisions": text}).encode()
        decisions.folder.mkdir(parents=True)
        decisions.path.write_bytes(mutated(content, [content], random) if random.random() < 0.6 else content)
        known = decisions.read(train)
        assert all(train.labels[index] == one.published for index, one in known.items())
        assert len(with_corrections(train, effective(known))) <= len(train)
        place_there = random.randrange(len(train))
        decisions.decide(train, Correction(place_there, int(train.labels[place_there]), random.randrange(4)))
        decisions.take_back(train, place_there)
        assert decisions.read(train) == {index: one for index, one in known.items() if index != place_there}


def _feed_examination(random: Random) -> None:
    with tempfile.TemporaryDirectory() as place:
        path, content = Path(place) / "labels.safetensors", _examination()
        is_headed = random.random() < 0.5
        path.write_bytes(other_header(content, random) if is_headed else mutated(content, [content], random))
        found = read_examination(path, _train())
        if found is not None:
            assert (_train().labels[found.positions] == found.labels).all()
            assert max((*found.suggested.tolist(), *found.labels.tolist()), default=0) < 4


def _feed_names(random: Random) -> None:
    count = random.randrange(12)
    words = [strange_word(random) if random.random() < 0.3 else f"class {number}" for number in range(count)]
    names = own_class_names(random.choice((",", ", ", " , ")).join(words))
    with tempfile.TemporaryDirectory() as place:
        assert 2 <= len(names) <= MOST_CLASSES
        mine = MyDrawings(Catalogue(Path(place), mark_of(_OWNER)), _OWNER, lambda _name: False)
        mine.add([specimens.digits()[0][0]], [len(names) - 1], names)
        assert mine.images_of(names).labels.tolist() == [len(names) - 1]


@cache
def _train() -> ImageDataset:
    images, labels = specimens.digits()
    return ImageDataset("some", images, labels, ("a", "b", "c", "d"))


@cache
def _examination() -> bytes:
    train, probabilities = _train(), np.full((specimens.COUNT, 4), 0.1, np.float32)
    probabilities[:, 1] = 0.7
    nobody = Copies(np.array([2]), np.array([3]), np.array([0.1]))
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "labels.safetensors"
        results = [(np.arange(specimens.COUNT), probabilities), nobody, nobody]
        write_examination(path, examination_of(train, results))
        return path.read_bytes()

"""Damaged model files."""

import json
import struct
from contextlib import suppress
from random import Random
from typing import Any

import numpy as np

from core.runs.model_file import import_model, read_model_file
from core.runs.store import RunStore
from core.settings import Settings
from soak.fuzzed import specimens
from soak.mutations import mutated, mutated_text, strange_word

_IMPORTED = 0.02
"""Share that is brought into a store as well."""


def feed_model(random: Random) -> None:
    """A file that claims to be a model: whatever is taken can read a digit."""
    data = random.choice(specimens.models())
    data = other_header(data, random) if random.random() < 0.5 else mutated(data, specimens.models(), random)
    settings = Settings.from_environment()
    if random.random() < _IMPORTED:
        _bring_in(settings, data, random)
        return
    model = read_model_file(data, settings.home)
    probabilities = model.probabilities(specimens.digits()[0])
    assert probabilities.shape == (specimens.COUNT, len(model.class_names)), probabilities.shape


def _bring_in(settings: Settings, data: bytes, random: Random) -> None:
    store = RunStore(settings)
    try:
        run = import_model(store, data, strange_word(random))
        model = store.model(run.run_id)
        assert np.shape(model.probabilities(specimens.digits()[0])) == (specimens.COUNT, len(model.class_names))
        store.bin.put(run.run_id)
        store.bin.empty([run.run_id])
    finally:
        store.close()


def other_header(data: bytes, random: Random) -> bytes:
    """Another word or number in the list of tensors, which stays sound JSON."""
    size = struct.unpack_from("<Q", data)[0]
    header: dict[str, Any] = json.loads(data[8 : 8 + size])
    for _ in range(random.choice((1, 1, 2))):
        _change(header, random)
    text = json.dumps(header).encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(text)) + text + data[8 + size :]


def _change(header: dict[str, Any], random: Random) -> None:
    name = random.choice(list(header)) if header else ""
    if not name:
        return
    entry = header[name]
    if random.random() < 0.1:
        header[strange_word(random)] = header.pop(name)
    elif name == "__metadata__":
        _change_metadata(entry, random)
    elif isinstance(entry, dict) and entry:
        key = random.choice(list(entry))
        entry[key] = random.choice(
            (
                "F16",
                "F64",
                "BF16",
                "I8",
                "BOOL",
                "F8_E4M3",
                [],
                [-1],
                [2**40, 2**40],
                [0, 2**63],
                [1, 10, 784],
                0,
                None,
                {},
            )
        )


def _change_metadata(entry: dict[str, str], random: Random) -> None:
    key = random.choice(list(entry)) if entry else "config"
    told = entry.get(key, "")
    with suppress(ValueError, RecursionError):
        inside = json.loads(told)
        if isinstance(inside, dict) and inside and random.random() < 0.7:
            field = random.choice(list(inside))
            inside[field] = random.choice(
                (-1, 0, 2**40, 1e308, strange_word(random), None, [], True, "cnn", "4096," * 6)
            )
            entry[key] = json.dumps(inside)
            return
    entry[key] = random.choice((mutated_text(told, random), "{" * 2_000, "[" * 100_000, "1" * 5_000, "NaN"))

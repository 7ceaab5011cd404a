"""TensorBoard’s event file, taken apart by Google’s own library for its encoding."""

import json
import math
import struct
import textwrap
from dataclasses import replace
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from core.config import TrainConfig
from core.exports.tensorboard import crc32c, event_bytes
from core.runs.reflection import Reflection
from tests.core.exports.builders import make_subject

# The fields of TensorFlow’s event.proto and summary.proto that scalars need: number, type, name of a message.
MESSAGES = {
    "Event": {"wall_time": (1, 1, ""), "step": (2, 3, ""), "file_version": (3, 9, ""), "summary": (5, 11, "Summary")},
    "Summary": {"value": (1, 11, "Value")},
    "Value": {"tag": (1, 9, ""), "simple_value": (2, 2, ""), "tensor": (8, 11, "Tensor")},
    "Tensor": {"dtype": (1, 5, ""), "string_val": (8, 12, "")},
}


def event_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="event.proto", package="t", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind, of) in fields.items():
            many = 3 if field in ("value", "string_val") else 1
            message.field.add(name=field, number=number, type=kind, label=many, type_name=f".t.{of}" if of else None)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("t.Event"))


def events(data: bytes) -> list[Any]:
    """As TensorFlow reads records: length, its checksum, data, its checksum."""
    kind, found, place = event_class(), [], 0
    while place < len(data):
        (length,) = struct.unpack_from("<Q", data, place)
        for start, size, check in ((place, 8, place + 8), (place + 12, length, place + 12 + length)):
            (masked,) = struct.unpack_from("<I", data, check)
            turned = (masked - 0xA282EAD8) % 2**32
            assert (turned >> 17 | turned << 15) % 2**32 == crc32c(data[start : start + size])
        found.append(kind.FromString(data[place + 12 : place + 12 + length]))
        place += 16 + length
    return found


def test_the_checksum_is_that_of_its_rfc() -> None:
    """RFC 3720, B.4."""
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(bytes([0xFF] * 32)) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E


def test_every_epoch_is_there() -> None:
    subject = make_subject(TrainConfig(hidden_size=4))
    first, *rest = events(event_bytes(subject))
    assert first.file_version == "brain.Event:2"
    scalars = {(event.step, value.tag): value.simple_value for event in rest for value in event.summary.value}
    for metrics in subject.run.epochs:
        assert scalars[metrics.epoch, "val_accuracy"] == struct.unpack("f", struct.pack("f", metrics.val_accuracy))[0]
        assert scalars[metrics.epoch, "train_loss"] == struct.unpack("f", struct.pack("f", metrics.train_loss))[0]
    assert scalars[2, "test_accuracy"] == 0.5
    values = [value for event in rest for value in event.summary.value if value.HasField("tensor")]
    texts = {value.tag: value.tensor.string_val[0] for value in values}
    assert b'"hidden_size": 4' in texts["config"]
    assert [event.wall_time for event in rest] == sorted(event.wall_time for event in rest)


def test_a_loss_that_is_too_large_for_single_precision_is_infinite() -> None:
    subject = make_subject(TrainConfig(hidden_size=4))
    first, last = subject.run.epochs
    run = replace(subject.run, epochs=(first, replace(last, val_loss=1e41)))
    found = events(event_bytes(replace(subject, run=run)))
    losses = [value.simple_value for one in found for value in one.summary.value if value.tag == "val_loss"]
    assert losses == [first.val_loss, math.inf]


def test_what_somebody_made_of_the_run_goes_along() -> None:
    subject = make_subject(TrainConfig(hidden_size=4))
    reflection = Reflection("95%", "94%,\nand slowly: “why?”", "The rate").text
    run = replace(subject.run, notes="# Wide", reflection=reflection, tags=("paper", "two words"))
    values = [value for event in events(event_bytes(replace(subject, run=run))) for value in event.summary.value]
    (text,) = (value.tensor.string_val[0].decode() for value in values if value.tag == "run")
    # TensorBoard shows Markdown: indented, it is code, and no heading.
    assert all(line.startswith("    ") for line in text.splitlines())
    said = json.loads(textwrap.dedent(text))
    assert (said["notes"], said["reflection"], said["tags"]) == ("# Wide", reflection, ["paper", "two words"])

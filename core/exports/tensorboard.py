"""A run’s curves as TensorBoard’s event file, written without TensorBoard.

The file is a row of records, each with checksums; a record is an ``Event`` in Protocol Buffers’ encoding, of which no
more is needed than numbers and texts.

References
----------
https://www.tensorflow.org/tutorials/load_data/tfrecord; RFC 3720, appendix B.4 (CRC-32C);
https://protobuf.dev/programming-guides/encoding
"""

import json
import math
import struct
from collections.abc import Iterator
from functools import cache

from core.exports.subject import Subject
from core.runs.records import EpochMetrics

_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5
_TEXT_TYPE, _ONE_TEXT = 7, b"\x12\x04\x12\x02\x08\x01"
"""A tensor of texts, and that it holds one."""
_SCALARS = ("train_loss", "val_loss", "train_accuracy", "val_accuracy", "seconds", "images_per_second")


def event_bytes(subject: Subject) -> bytes:
    """The file: settings, notes and reflection as texts, and a scalar for every epoch’s losses, accuracies and time."""
    return b"".join(map(_record, _events(subject)))


def _events(subject: Subject) -> Iterator[bytes]:
    run = subject.run
    time = (run.started or run.created).timestamp()
    yield _event(time, 0, _text(3, "brain.Event:2"))
    about = {"name": run.name, "notes": run.notes, "reflection": run.reflection, "tags": list(run.tags)}
    for tag, value in (("run", about), ("config", subject.config.model_dump())):
        yield _event(time, 0, _field(5, _text_value(tag, json.dumps(value, indent=1, ensure_ascii=False))))
    for metrics in run.epochs:
        time += metrics.seconds
        yield _event(time, metrics.epoch, _field(5, _scalars(metrics)))
    if run.test_accuracy is not None:
        last = run.epochs[-1].epoch if run.epochs else 0
        yield _event(time, last, _field(5, _scalar("test_accuracy", run.test_accuracy)))


def _scalars(metrics: EpochMetrics) -> bytes:
    return b"".join(_scalar(name, getattr(metrics, name)) for name in _SCALARS)


def _event(time: float, step: int, content: bytes) -> bytes:
    return _key(1, _DOUBLE) + struct.pack("<d", time) + _key(2, _VARINT) + _varint(step) + content


def _scalar(tag: str, value: float) -> bytes:
    """A ``Summary`` with one value."""
    return _field(1, _text(1, tag) + _key(2, _FLOAT) + _single(value))


def _single(value: float) -> bytes:
    """In single precision; what is too large for it, as the loss of a run that diverged may be, is infinite."""
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return struct.pack("<f", math.copysign(math.inf, value))


def _text_value(tag: str, text: str) -> bytes:
    """A ``Summary`` with one text, which TensorBoard shows as code."""
    shown = "\n".join(f"    {line}" for line in text.splitlines())
    tensor = _key(1, _VARINT) + _varint(_TEXT_TYPE) + _ONE_TEXT + _text(8, shown)
    return _field(1, _text(1, tag) + _field(8, tensor) + _field(9, _field(1, _text(1, "text"))))


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + _checksum(length) + data + _checksum(data)


def _checksum(data: bytes) -> bytes:
    """CRC-32C, rotated and shifted so that a checksum of checksums is as good as any."""
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def crc32c(data: bytes) -> int:
    """Castagnoli’s checksum of RFC 3720."""
    table, crc = _crc_table(), 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


@cache
def _crc_table() -> tuple[int, ...]:
    def entry(value: int) -> int:
        for _ in range(8):
            value = value >> 1 ^ 0x82F63B78 * (value & 1)
        return value

    return tuple(map(entry, range(256)))


def _field(number: int, data: bytes) -> bytes:
    return _key(number, _BYTES) + _varint(len(data)) + data


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode("utf-8", "replace"))


def _key(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _varint(number: int) -> bytes:
    data = b""
    while number > 0x7F:
        data += bytes([number & 0x7F | 0x80])
        number >>= 7
    return data + bytes([number])

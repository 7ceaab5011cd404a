"""Bytes and words, damaged at random: whoever has the seed gets the same damage again."""

import struct
from collections.abc import Callable, Sequence
from random import Random

Mutation = Callable[[bytes, Random], bytes]
MOST_BYTES = 300_000
"""What grows beyond this is cut: a fuzzed input is small, and claims to be large."""

_NUMBERS = (
    0,
    1,
    2,
    7,
    28,
    127,
    128,
    255,
    256,
    783,
    784,
    785,
    32_767,
    65_535,
    65_536,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
)
_LARGE = (2**40, 2**53, 2**63 - 1, 2**63, 2**64 - 1)
_WORDS = (
    *(
        "",
        "0",
        "-1",
        "+1",
        " 1",
        "1_000",
        "1e999",
        "-0",
        "nan",
        "inf",
        "NaN",
        "٣",
        "½",
        "0x1f",
        "1.5",
        "1,5",
        "true",
        "null",
    ),
    *("\0", "\n", "\r\n", "\ufeff", "\u202e", "ﬁ", "é", "\U0001f600", "\x1b[2J", "a" * 70, "9" * 40, "label", "pixel0"),
    *(
        "../../etc/passwd",
        "/etc/passwd",
        "..",
        "C:\\windows\\system.ini",
        "%2e%2e%2f",
        "file:///etc/passwd",
        "mnist",
        "demo",
    ),
    *(
        "<script>alert(1)</script>",
        "{{7*7}}",
        "$(id)",
        "`id`",
        "'; DROP TABLE runs;--",
        "=1+1",
        "[x](javascript:alert(1))",
    ),
    "http://127.0.0.1:1/",
)
"""What programs have stumbled over: numbers that are none, paths, markup, letters that are not what they look like."""


def mutated(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """The data after one to five damages."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        if random.random() < 0.08 and others:
            data = _spliced(data, random.choice(others), random)
        else:
            data = random.choice(_MUTATIONS)(data, random)
    return data[:MOST_BYTES]


def strange_word(random: Random) -> str:
    """A word that no well-meaning person types, or that one does."""
    word = random.choice(_WORDS)
    if random.random() < 0.3:
        word += random.choice(_WORDS)
    if random.random() < 0.2:
        word = word.join(random.choice(("ab", "01", "--", "..", "%%")))
    return (
        word
        if random.random() < 0.9
        else "".join(chr(random.choice((random.randrange(32, 127), random.randrange(0xD7FF)))) for _ in range(9))
    )


def mutated_text(text: str, random: Random) -> str:
    """A text after one damage."""
    place = random.randrange(len(text) + 1)
    match random.randrange(4):
        case 0:
            return text[:place] + strange_word(random) + text[place:]
        case 1:
            return text[:place] + text[place + random.randrange(1, 8) :]
        case 2:
            return strange_word(random)
        case _:
            return (
                text[:place] + chr(random.choice((random.randrange(128), random.randrange(0xD7FF)))) + text[place + 1 :]
            )


def _flipped(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 16, 64))):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _beheaded(data: bytes, random: Random) -> bytes:
    return data[random.randrange(min(len(data), 64) + 1) :]


def _without(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[:place] + data[place + random.choice((1, 2, 4, 16, 256)) :]


def _doubled(data: bytes, random: Random) -> bytes:
    place, length = random.randrange(len(data) + 1), random.choice((1, 4, 64, 1_024))
    return data[:place] + data[place : place + length] * random.choice((2, 3, 40)) + data[place + length :]


def _renumbered(data: bytes, random: Random) -> bytes:
    """Another number where one may be: lengths and sizes above all, which stand near the beginning or the end."""
    form = random.choice(("<H", ">H", "<I", ">I", "<Q", ">Q", "B"))
    size = struct.calcsize(form)
    if len(data) < size:
        return data
    near = random.choice((min(len(data), 64), min(len(data), 1_024), len(data)))
    place = random.randrange(max(1, near - size + 1))
    if random.random() < 0.3:
        place = len(data) - size - place
    number = random.choice(_NUMBERS + (_LARGE if size == 8 else ()))
    return data[:place] + struct.pack(form, number % 256**size) + data[place + size :]


def _worded(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data) + 1)
    word = strange_word(random).encode("utf-8", "surrogatepass")
    return data[:place] + word + data[place + random.choice((0, len(word))) :]


def _renumbered_text(data: bytes, random: Random) -> bytes:
    """Another number in the place of one that is written out."""
    digits = [place for place in range(min(len(data), 4_096)) if 48 <= data[place] < 58]
    if not digits:
        return data
    start = random.choice(digits)
    end = start
    while end < len(data) and 48 <= data[end] < 58:
        end += 1
    number = random.choice((str(random.choice(_NUMBERS + _LARGE)), "-1", "1e5", "1.5", "nan", "", "9" * 400))
    return data[:start] + number.encode() + data[end:]


def _spliced(data: bytes, other: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


def _noise(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data) + 1)
    length = random.choice((1, 4, 32, 256))
    return data[:place] + random.randbytes(length) + data[place + length :]


_MUTATIONS: tuple[Mutation, ...] = (
    _flipped,
    _flipped,
    _cut,
    _beheaded,
    _without,
    _doubled,
    _renumbered,
    _renumbered,
    _worded,
    _renumbered_text,
    _noise,
)

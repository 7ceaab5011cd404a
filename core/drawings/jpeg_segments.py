"""The segments of a JPEG, counted before Pillow steps through them in Python."""

import re

from core.errors import UploadError

DAMAGED = "The picture is damaged or cut short. Save or send it again and retry."
# Of a JPEG, each decoded over all pixels; progressive ones have about ten. libtiff, too, takes no more than this many.
_MOST_SCANS = 100
# Bytes of markers, and between segments, before the first scan, each of which Pillow looks at; later on, markers.
_MOST_STEPS = 10_000
_JPEG = b"\xff\xd8"
_IN_HEAD, _IN_SCAN = re.compile(rb"\xff([^\xff])"), re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
# A second start belongs to another picture.
_SCAN, _ENDS = b"\xda", (b"\xd8", b"\xd9")
# Markers after which Pillow reads no length.
_BARE = b"\x00\xc8" + bytes(range(0xD0, 0xDA)) + bytes(range(0xF0, 0xFE))


def check_segments(data: bytes) -> None:
    """Refuse a JPEG of endless scans or segments; what follows its end, such as a video, is left out.

    Raises
    ------
    UploadError
        If it has more of them than any camera writes.
    """
    if not data.startswith(_JPEG):
        return
    place, scans, steps = len(_JPEG), 0, 0
    while marker := (_IN_SCAN if scans else _IN_HEAD).search(data, place):
        if scans and marker[1] in _ENDS:
            return
        steps += 1 if scans else marker.end() - place
        scans += marker[1] == _SCAN
        if scans > _MOST_SCANS:
            raise UploadError(
                f"The picture is stored in more than {_MOST_SCANS} passes, as no camera does: save it again."
            )
        if steps > _MOST_STEPS:
            raise UploadError(DAMAGED)
        # What is coded after the head of a scan holds no marker but restarts.
        length = 0 if marker[1] in _BARE else int.from_bytes(data[marker.end() : marker.end() + 2])
        place = marker.end() + length
    if not scans and len(data) - place > _MOST_STEPS:
        raise UploadError(DAMAGED)

"""What one engine of the tests has measured of this machine, the others need not measure again."""

from contextlib import suppress
from pathlib import Path

from core.atomic import write_atomically

FILES = ("speed.json", "threads.json")
KEPT = Path(__file__).parents[1] / ".pytest_cache" / "d" / "machine"
"""Where pytest lets things lie that outlive a session; all its processes share it."""
_homes: list[Path] = []


def on_a_known_machine(home: Path) -> Path:
    """This folder, as the home of a server that finds what others have measured; later ones find what it measures."""
    home.mkdir(parents=True, exist_ok=True)
    KEPT.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        for earlier in _homes:
            _copy(earlier / name, KEPT / name)
        _copy(KEPT / name, home / name)
    _homes.append(home)
    return home


def _copy(source: Path, target: Path) -> None:
    with suppress(FileNotFoundError):
        write_atomically(target, source.read_bytes())

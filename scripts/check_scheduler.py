"""Say whether a scheduler lets this machine in. usage: python -m scripts.check_scheduler ADDRESS [FOLDER]."""

import argparse
import sys
from pathlib import Path

from core.engine.certificates import security_of
from core.engine.reach import greet
from core.errors import EngineError


def main() -> int:
    """A sentence; the exit code is 0 if it does, else 2."""
    parser = argparse.ArgumentParser(prog="python -m scripts.check_scheduler", description=__doc__)
    parser.add_argument("address", metavar="ADDRESS", help="tls://host:8786")
    parser.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, help="with ca.pem, cert.pem and key.pem")
    arguments = parser.parse_args()
    try:
        greet(arguments.address, security_of(arguments.address, arguments.folder), arguments.folder)
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"The scheduler at {arguments.address} answers.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

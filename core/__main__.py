"""``python -m core``: train, predict, evaluate and import from the command line.

One JSON object a line on standard output, text for people on standard error. Bad input: exit code 2 and one sentence.
"""

import os
import sys
from collections.abc import Sequence

# Two busy OpenMP threads on two cores wait for each other by spinning unless told otherwise before torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from core.commands.output import tell
from core.commands.parser import Command, make_parser
from core.errors import DigitLabError

BAD_INPUT, BROKEN_OFF, NOBODY_READS = 2, 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 2 for bad input, also where the rest could be read."""
    try:
        options = make_parser().parse_args(arguments)
        command: Command = options.command
        return command(options) or 0
    except DigitLabError as error:
        tell(str(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        tell("Interrupted; what had been finished is kept.")
        return BROKEN_OFF
    except BrokenPipeError:
        # Whoever read has enough (``| head -1``); Python would complain once more when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS


if __name__ == "__main__":
    sys.exit(main())

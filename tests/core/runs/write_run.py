"""A server in miniature, run as a process of its own: writes epochs of one run until it is killed.

Says the number of each epoch on standard output once it is in the store. With a second argument it stops after that
many epochs and waits.
"""

import itertools
import sys

from core.runs.store import RunStore
from core.settings import Settings
from tests.core.builders import ENVIRONMENT, SMALL, make_checkpoint, make_metrics


def main() -> None:
    run_id, *limit = sys.argv[1:]
    store = RunStore(Settings.from_environment())
    store.create(SMALL, run_id)
    store.record_start(run_id, ENVIRONMENT)
    for epoch in itertools.count(1):
        store.record_epoch(run_id, make_metrics(epoch))
        store.record_checkpoint(run_id, make_checkpoint(epoch))
        print(epoch, flush=True)
        if limit and epoch == int(limit[0]):
            sys.stdin.read()
            return


if __name__ == "__main__":
    main()

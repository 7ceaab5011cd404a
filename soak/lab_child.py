"""A server without pages, to be killed: an engine on a home; a command in JSON a line in, an answer a line out."""

import json
import logging
import sys
from typing import Any

from core.config import TrainConfig
from core.engine.engine import Engine
from core.errors import DigitLabError
from core.runs.store import RunStore
from core.settings import Settings


def main() -> int:
    """Open the home as a server does, then obey until standard input ends."""
    logging.basicConfig(level=logging.INFO)
    settings = Settings.from_environment()
    store = RunStore(settings)
    interrupted = store.mark_interrupted()
    engine = Engine(settings, store)
    _answer(ready=True, interrupted=interrupted)
    for line in sys.stdin:
        try:
            _answer(**_obey(engine, json.loads(line)))
        except DigitLabError as error:
            _answer(refused=str(error))
    engine.close()
    return 0


def _obey(engine: Engine, order: dict[str, Any]) -> dict[str, Any]:
    match order["do"]:
        case "submit":
            job = engine.submit(TrainConfig.from_mapping(order["config"]), session=order["session"])
            return {"run_id": job.run_id}
        case "resume":
            return {"run_id": engine.resume(order["run_id"]).run_id}
        case "stop":
            jobs = engine.active_jobs()
            for job in jobs:
                job.stop()
            return {"stopping": [job.run_id for job in jobs]}
        case "state":
            jobs = engine.active_jobs()
            return {
                "ready": engine.is_ready,
                "active": {job.run_id: job.status.value for job in jobs},
                "sessions": {job.run_id: job.session for job in jobs},
            }
        case other:
            return {"refused": f"There is no order “{other}”."}


def _answer(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

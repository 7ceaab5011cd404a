"""``GET /api/v1/models`` and ``/api/v1/health``: what can be asked, and whether anything can."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from core.api.answers import Json, encoded, json_response
from core.api.queries import parameters, whole_number
from core.api.runs import Runs
from core.models.shapes import architecture_name
from core.runs.records import Run

MOST_LISTED = 1_000
USUALLY_LISTED = 100


class Listed:
    """The runs that can be asked.

    Parameters
    ----------
    runs
        What is served.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    async def models(self, request: Request) -> Response:
        """Runs with weights, newest first: ``limit`` of them after the first ``offset``."""
        query = parameters(request.query_params, ("limit", "offset"))
        limit = whole_number(query, "limit", USUALLY_LISTED, MOST_LISTED, least=1)
        offset = whole_number(query, "offset", 0, 10**9)
        return Json(await asyncio.to_thread(self._said, limit, offset))

    def _said(self, limit: int, offset: int) -> bytes:
        page = self._runs.listed(limit, offset)
        models = [_described(run) for run in page.runs]
        return encoded({"models": models, "total": page.total, "default": self._runs.default})


async def health(request: Request) -> Response:
    """That the server answers."""
    parameters(request.query_params, ())
    return json_response({"status": "ok"})


def _described(run: Run) -> dict[str, Any]:
    """What is said of a run; whose it is, is nobody’s business."""
    return {
        "run_id": run.run_id,
        "name": run.name,
        "status": run.status.value,
        "dataset": run.config.dataset,
        "network": architecture_name(run.config, len(run.environment.class_names)),
        "class_names": list(run.environment.class_names),
        "val_accuracy": run.val_accuracy,
        "created": run.created.isoformat(timespec="seconds"),
    }

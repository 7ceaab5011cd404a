"""What is new of the watched run, for a browser that shows it: the same words and figures that the script draws."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.data.drawn import mark_of, may_see
from core.engine.job import JobSnapshot
from core.errors import DataError, RunError
from ui.jobs.controls import NO_RUN, run_of, snapshot_of, status_of, summary_of
from ui.jobs.queue import queue_version
from ui.live.curves import CurveView, view_as_query, view_in
from ui.live.feed import News, Texts, known_in, short
from ui.live.replay import places_for
from ui.results.replay import curve_frames, kept_places, replay_stops
from ui.shell.browser import known_id
from ui.shell.resources import engine
from ui.train.probes import ProbeView, probe_view
from ui.train.progress import CURVES, numbers_of
from ui.train.status import share_done, status_words

CHANNEL: Final = "train_run"
_NEWEST: Final = "~newest"
_KEY: Final = "train"
_STATE: Final = f".st-key-{_KEY}_state [data-testid='stProgress']"
_NUMBERS: Final = f".st-key-{_KEY}_numbers [data-testid='stMetricValue'] p"
_PROBES: Final = f".st-key-{_KEY}_probe_words p"


def feed_address(run_id: str, view: CurveView) -> str:
    """Where the browser asks, relative to the server’s root."""
    return f"live/run/{run_id}?{urlencode(view_as_query(view))}"


def newest_address(view: CurveView) -> str:
    """Where the browser asks for the run that it begins next, which has no name yet: not one that is under way now."""
    besides = ",".join(job.run_id for job in engine().active_jobs())
    return f"{feed_address(_NEWEST, view)}&{urlencode({'besides': besides})}"


def send_news(request: Request) -> Response:
    """Answer with the news of a run as JSON; 404 where there is no such run, 400 to a view that cannot be.

    204 where a browser asks for the run that it begins, and that has not begun yet. With ``first`` in the query they
    hold no figures, which would put off the first number.
    """
    try:
        run_id = _asked_for(request)
        if run_id is None:
            return Response(status_code=204)
        view, snapshot = view_in(request.query_params), snapshot_of(run_id, run_of(run_id))
        if not may_see(snapshot.config.dataset, mark_of(known_id(request.cookies) or "")):
            return Response("Somebody else drew these images.", status_code=404, media_type="text/plain")
        news = _news(snapshot, None if "first" in request.query_params else view)
    except RunError as error:
        return Response(str(error), status_code=404, media_type="text/plain")
    except ValueError:
        return Response("The curves cannot be drawn with these options.", status_code=400, media_type="text/plain")
    known = known_in(request.query_params.get("has", ""))
    return JSONResponse(news.without(known), headers={"Cache-Control": "no-store"})


def active_runs(run_id: str) -> tuple[bool, bool]:
    """Whether the watched run is under way, and whether any run is."""
    return run_id != NO_RUN and status_of(run_id).is_active, bool(engine().active_jobs())


def drawn_state(snapshot: JobSnapshot) -> str:
    """Another one where more than words and figures changes on the first screen: its parts, or what can be pressed."""
    return short((active_runs(snapshot.run_id), bool(snapshot.epochs)))


def number_texts(snapshot: JobSnapshot) -> Texts:
    """The numbers above the curves."""
    return Texts(_NUMBERS, [number.value for number in numbers_of(snapshot)])


def version_below(run_id: str) -> str:
    """Another one where there is something new below the first screen."""
    summary = summary_of(run_id)
    job = engine().job(run_id)
    seen = None if job is None else (job.status, len(job.snapshot().epochs), len(job.snapshot().early))
    return short((summary, seen, kept_places(run_id), queue_version()))


def _asked_for(request: Request) -> str | None:
    run_id = str(request.path_params["run_id"])
    if run_id != _NEWEST:
        return run_id
    browser, besides = known_id(request.cookies), request.query_params.get("besides", "").split(",")
    mine = [job.run_id for job in engine().active_jobs() if browser and job.session == browser]
    return next((run_id for run_id in reversed(mine) if run_id not in besides), None)


def _news(snapshot: JobSnapshot, view: CurveView | None) -> News:
    state, versions = drawn_state(snapshot), {CHANNEL: version_below(snapshot.run_id)}
    if not snapshot.status.is_active:
        return News(state, versions)
    word, detail = status_words(snapshot)
    texts = [Texts(f"{_STATE} p strong", [word]), Texts(f"{_STATE} p", [detail]), number_texts(snapshot)]
    share = _STATE, share_done(snapshot)
    if view is None:
        return News(state, versions, {}, texts, share)
    frames = curve_frames(snapshot).json
    elements: dict[str, dict[str, object]] = {
        f"{_KEY}_{name}": {"figure": curve.draw(snapshot, view).json, "frames": frames}
        for name, curve in CURVES.items()
    }
    elements[f"{_KEY}_replay"] = {"places": places_for(replay_stops(snapshot))}
    probes = _probes(snapshot)
    if probes is not None:
        elements[f"{_KEY}_probes"] = {"figure": probes.figure.json, "frames": probes.frames.json}
        texts.append(Texts(_PROBES, [f"{probes.summary} "]))
    return News(state, versions, elements, texts, share)


def _probes(snapshot: JobSnapshot) -> ProbeView | None:
    try:
        return probe_view(snapshot)
    except DataError:
        return None

"""Measurements of experiments: made once on this server, in a worker, and kept for every session."""

import threading
from concurrent.futures import Future

import streamlit as st

from core.learn.experiments.records import Experiment, Measurement
from ui.resources import engine, run_store


class Measurements:
    """Measurements that have been asked for, under way or done. Safe to use from several threads."""

    def __init__(self) -> None:
        self._futures: dict[str, Future[Measurement]] = {}
        self._lock = threading.Lock()

    def asked_for(self, experiment: Experiment, run_id: str = "") -> Future[Measurement] | None:
        """The measurement of an experiment, with the network of a run where it portrays one."""
        return self._futures.get(f"{experiment.name}/{run_id}")

    def ask_for(self, experiment: Experiment, run_id: str = "") -> None:
        """Begin a measurement, unless it has been begun and has not failed."""
        assert experiment.measure is not None
        key = f"{experiment.name}/{run_id}"
        arguments = (run_store().model(run_id),) if experiment.portrays else ()
        with self._lock:
            future = self._futures.get(key)
            if future is None or _failed(future):
                self._futures[key] = engine().analyse(experiment.measure, *arguments)


@st.cache_resource(show_spinner=False)
def measurements() -> Measurements:
    """Those of this server."""
    return Measurements()


def _failed(future: Future[Measurement]) -> bool:
    return future.cancelled() or (future.done() and future.exception() is not None)

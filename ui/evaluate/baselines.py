"""What older methods make of the run's images, beside the network."""

import hashlib

import pandas as pd
import streamlit as st

from core.analysis.baselines import BASELINES, BaselineResult, read_results, run_baseline, write_results
from core.errors import DataError
from core.runs.records import Run
from ui.shell.background import find_work, start_work
from ui.shell.page import show_error
from ui.shell.polling import show_polled
from ui.shell.resources import dataset_entry, images_to_send, settings
from ui.shell.terms import explained
from ui.shell.words import escape_markdown


def show_baselines(run: Run) -> None:
    """A table of methods and of the network, on the same validation images, and the button that fills it."""
    st.header("Other methods on the same images", anchor=False, help=explained("Baseline"))
    st.caption(
        "Four older methods learn from this run’s own training images and are measured on its validation images. Each "
        "gets as many images as it can take in less than a minute; the network takes them all. The best is at the top."
    )
    show_polled(_show_table, run, busy=lambda: _is_running(run), seconds=1.0)


def _show_table(run: Run) -> None:
    results = _results(run)
    rows = [_network_row(run), *(_row(name, results.get(name)) for name in BASELINES)]
    rows.sort(key=lambda row: 1.0 if row[4] is None else -row[4])
    st.dataframe(
        pd.DataFrame(
            rows, columns=["Method", "Training images", "Training time", "Time per 1,000", "Validation accuracy"]
        ),
        hide_index=True,
        placeholder="–",
        column_config={
            "Training images": st.column_config.NumberColumn(format="localized"),
            "Training time": st.column_config.NumberColumn(format="%.1f s"),
            "Time per 1,000": st.column_config.NumberColumn(format="%.3f s"),
            "Validation accuracy": st.column_config.NumberColumn(format="%.2f%%"),
        },
        alt="Training images, times and validation accuracy of the network and of four older methods",
    )
    for name in BASELINES:
        work = find_work(_key(run, name))
        if work is not None and work.error:
            st.error(f"{BASELINES[name].title}: {escape_markdown(work.error)}")
    if _is_running(run):
        done = sum(name in results for name in BASELINES)
        st.progress(done / len(BASELINES), f"{done} of {len(BASELINES)} methods are done")
    elif len(results) < len(BASELINES):
        _show_button(run)


def _show_button(run: Run) -> None:
    try:
        dataset_entry(run.config.dataset)
    except DataError:
        st.caption("The images of this run have been deleted: no other method can be trained on them.")
        return
    st.button("Run the other methods", icon=":material/play_arrow:", on_click=start_baselines, args=(run,))


def start_baselines(run: Run) -> None:
    """Ask a worker for every method that has no result yet."""
    config = run.config
    try:
        published = images_to_send(config)
    except DataError as error:
        show_error(error)
        return
    for name in BASELINES.keys() - _results(run).keys():
        start_work(_key(run, name), run_baseline, name, config.data_only(), published)


def _results(run: Run) -> dict[str, BaselineResult]:
    """What is known: from this server or an earlier one."""
    path = settings().home / "cache" / f"baselines-{hashlib.sha256(_images(run).encode()).hexdigest()[:16]}.json"
    results = read_results(path)
    for name in BASELINES.keys() - results.keys():
        work = find_work(_key(run, name))
        if work is not None and work.result is not None:
            results[name] = work.result
            write_results(path, results)
    return results


def _is_running(run: Run) -> bool:
    works = [find_work(_key(run, name)) for name in BASELINES]
    return any(work is not None and work.is_running for work in works)


def _key(run: Run, name: str) -> str:
    return f"baseline {name} {_images(run)}"


def _images(run: Run) -> str:
    """The settings that decide on which images a method learns and is measured."""
    return run.config.data_only().to_json()


def _network_row(run: Run) -> tuple[str, int, float, float | None, float | None]:
    accuracy = None if run.val_accuracy is None else 100 * run.val_accuracy
    return f"This network, {run.name}", run.environment.train_images, run.seconds, None, accuracy


def _row(name: str, result: BaselineResult | None) -> tuple[str, int | None, float | None, float | None, float | None]:
    title = BASELINES[name].title
    if result is None:
        return title, None, None, None, None
    per_thousand = 1_000 * result.predict_seconds / max(1, result.validation_images)
    return title, result.images, result.fit_seconds, per_thousand, 100 * result.val_accuracy

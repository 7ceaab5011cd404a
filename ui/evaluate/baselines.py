"""What older methods make of the run's images, beside the network."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import streamlit as st

from core.analysis.baselines import (
    BASELINES,
    BaselineResult,
    network_name,
    network_sizes,
    read_results,
    run_baseline,
    run_network,
    write_results,
)
from core.config import TrainConfig
from core.errors import DataError
from core.runs.records import Run
from ui.shell.background import find_work, start_work
from ui.shell.polling import show_polled
from ui.shell.resources import dataset_entry, images_to_send, settings
from ui.shell.sentences import refuse_click
from ui.shell.terms import explained
from ui.shell.words import escape_markdown


def show_baselines(run: Run) -> None:
    """A table of methods and of the network, on the same validation images, and the button that fills it."""
    st.header("Other methods on the same images", anchor=False, help=explained("Baseline"))
    sizes = " A network with this run’s settings learns from just these images as well." if _sizes(run) else ""
    st.caption(
        "Four older methods learn from this run’s own training images and are measured on its validation images. "
        f"Each gets as many images as it can handle in under a minute; this network had all of them.{sizes} The best "
        "is at the top."
    )
    show_polled(_show_table, run, busy=lambda: _is_running(run), seconds=1.0)


def _show_table(run: Run) -> None:
    results = _results(run)
    rows = [_network_row(run), *(_row(title, results.get(name)) for name, title in _titles(run).items())]
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
    for name, title in _titles(run).items():
        work = find_work(_key(run, name))
        if work is not None and work.error:
            st.error(f"{title}: {escape_markdown(work.error)}")
    if _is_running(run):
        names = _titles(run)
        st.progress(len(results) / len(names), f"{len(results)} of {len(names)} methods are done")
    elif len(results) < len(_titles(run)):
        _show_button(run)


def _show_button(run: Run) -> None:
    try:
        dataset_entry(run.config.dataset)
    except DataError:
        st.caption("The images of this run have been deleted: no other method can be trained on them.")
        return
    st.button("Run the other methods", icon=":material/play_arrow:", on_click=start_baselines, args=(run,))


def start_baselines(run: Run) -> None:
    """Ask a worker for everything that has no result yet."""
    config = run.config
    try:
        published = images_to_send(config)
    except DataError as error:
        refuse_click(error)
        return
    known = _results(run)
    for name in BASELINES.keys() - known.keys():
        start_work(_key(run, name), run_baseline, name, config.data_only(), published)
    for size in _sizes(run):
        if network_name(size) not in known:
            start_work(_key(run, network_name(size)), run_network, size, config, published)


def _sizes(run: Run) -> tuple[int, ...]:
    """With how many images a network of these settings is trained for comparison."""
    return network_sizes(run.environment.train_images, run.seconds)


def _titles(run: Run) -> Mapping[str, str]:
    """What is measured beside the run itself, by the names of the results."""
    methods = {name: baseline.title for name, baseline in BASELINES.items()}
    return methods | {network_name(size): f"This run’s settings, {size:,} images" for size in _sizes(run)}


def _results(run: Run) -> dict[str, BaselineResult]:
    """What is known: from this server or an earlier one."""
    files: dict[Path, dict[str, BaselineResult]] = {}
    results = {}
    for name in _titles(run):
        path = _path(run, name)
        if path not in files:
            files[path] = read_results(path)
        kept = files[path]
        work = find_work(_key(run, name))
        if name not in kept and work is not None and work.result is not None:
            kept[name] = work.result
            write_results(path, kept)
        if name in kept:
            results[name] = kept[name]
    return results


def _is_running(run: Run) -> bool:
    works = [find_work(_key(run, name)) for name in _titles(run)]
    return any(work is not None and work.is_running for work in works)


def _key(run: Run, name: str) -> str:
    return f"baseline {name} {_what_counts(run.config, name)}"


def _path(run: Run, name: str) -> Path:
    digest = hashlib.sha256(_what_counts(run.config, name).encode()).hexdigest()[:16]
    return settings().home / "cache" / f"baselines-{digest}.json"


def _what_counts(config: TrainConfig, name: str) -> str:
    """The settings that decide on a result: those of the images, and for a network all others too."""
    return (config.data_only() if name in BASELINES else config).to_json()


def _network_row(run: Run) -> tuple[str, int, float, float | None, float | None]:
    accuracy = None if run.val_accuracy is None else 100 * run.val_accuracy
    return f"This network, {run.name}", run.environment.train_images, run.seconds, None, accuracy


def _row(title: str, result: BaselineResult | None) -> tuple[str, int | None, float | None, float | None, float | None]:
    if result is None:
        return title, None, None, None, None
    per_thousand = 1_000 * result.predict_seconds / max(1, result.validation_images)
    return title, result.images, result.fit_seconds, per_thousand, 100 * result.val_accuracy

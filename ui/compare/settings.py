"""The settings of the compared runs: what differs first, and how to train on from any of them."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.analysis.percent import percent
from core.analysis.seeds import differing_settings, mean_interval, seed_groups
from core.config import TrainConfig, setting_title
from core.figures.parallel import coordinates, parallel_figure
from core.runs.records import Run
from core.runs.status import RunStatus
from ui.choices.reflection import show_said
from ui.choices.values import value_words
from ui.compare.chosen import Compared, compare_these
from ui.jobs.seeds import SEEDS, queue_seeds
from ui.live.figure import show_figure
from ui.settings.sidebar import apply_settings, settings_query
from ui.shell.columns import side_by_side
from ui.shell.resources import dataset_title
from ui.shell.words import duration, escape_markdown

_ABREAST = 3
_MOST_THAT_FIT, _WIDTH = 5, 165
"""Columns that a page is wide enough for, and pixels of each where there are more."""


def show_settings(compared: Compared) -> None:
    """A table of what differs, what several seeds say together, and parallel coordinates."""
    runs = compared.runs
    names = differing_settings([run.config for run in runs])
    st.header("What differs" if len(runs) > 1 else "The run", anchor=False)
    if len(runs) > 1 and not names:
        st.caption("No setting differs: these runs have the same settings.")
    _show_table(compared, [*names, *([] if names else ["dataset"])])
    if len({run.config.dataset for run in runs}) > 1 or len({run.class_names for run in runs}) > 1:
        st.info(
            "These runs learned from different datasets: their accuracies are measured on different images and do "
            "not show which network is better.",
            icon=":material/info:",
        )
    _show_seeds(compared)
    with st.expander("All settings", key="compare_all_settings", on_change="rerun") as expander:
        if expander.open:
            _show_table(compared, list(TrainConfig.model_fields), facts=False)
    if varied := [name for name in names if name != "seed"]:
        _show_coordinates(compared, varied)
    _show_said(compared)


def show_again(compared: Compared) -> None:
    """Five seeds of one of them, or its settings in the sidebar."""
    st.header("Train again", anchor=False)
    runs = {run.run_id: run for run in compared.runs}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "With the settings of",
            list(runs),
            format_func=compared.label_of,
            key=f"again_{len(runs)}_{next(iter(runs))}",
            width=260,
        )
        run = runs[chosen]
        st.button(
            "Train with five seeds",
            icon=":material/casino:",
            on_click=_train_again,
            args=(run.config,),
            help=f"Queues whichever are missing of {SEEDS} runs that differ only in the seed, and compares them: "
            "this shows how much of a difference is chance.",
        )
        if st.button(
            "Open its settings",
            icon=":material/tune:",
            on_click=apply_settings,
            args=(run.config,),
            help="Sets the sidebar of Train to every setting of this run.",
        ):
            st.switch_page("train.py", query_params=settings_query(run.config))


def _train_again(config: TrainConfig) -> None:
    run_ids = queue_seeds(config)
    if run_ids:
        compare_these(run_ids)


def _show_table(compared: Compared, names: Sequence[str], *, facts: bool = True) -> None:
    table = {"": [*(list(_facts(compared.runs[0])) if facts else []), *map(setting_title, names)]}
    for label, run in zip(compared.labels, compared.runs, strict=True):
        values = [_value(name, getattr(run.config, name)) for name in names]
        table[label] = [*(_facts(run).values() if facts else []), *values]
    # Many columns would share the page and cut off what is in them.
    many = len(compared.runs) > _MOST_THAT_FIT
    widths = dict.fromkeys(compared.labels, st.column_config.TextColumn(width=_WIDTH)) if many else {}
    st.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        column_config=widths | {"": st.column_config.TextColumn(pinned=True)},
        alt="Settings of the compared runs" if facts else "All settings of the compared runs",
    )


def _facts(run: Run) -> dict[str, str]:
    return {
        "Validation accuracy": "–" if run.val_accuracy is None else percent(run.val_accuracy),
        "Status": f"{run.status}, {run.epochs_done:.3g} of {run.config.epochs} epochs",
        "Time": duration(run.seconds) if run.seconds else "–",
    }


def _value(name: str, value: Any) -> str:
    return dataset_title(value) if name == "dataset" else value_words(name, value)


def _show_seeds(compared: Compared) -> None:
    """A sentence for each setting that there are several seeds of."""
    for group in seed_groups([run.config for run in compared.runs]):
        members = [compared.runs[place] for place in group]
        # One that is under way, or was stopped early, has learned for less time than the others.
        ended = [run for run in members if run.status is RunStatus.COMPLETED]
        accuracies = [run.val_accuracy for run in ended if run.val_accuracy is not None]
        if len(accuracies) > 1:
            interval = mean_interval(accuracies)
            reach = 100 * (interval.high - interval.mean)
            ends = f"from {percent(min(accuracies))} to {percent(max(accuracies))}"
            left_out = f" Left out: {len(members) - len(ended)} not completed." if len(ended) < len(members) else ""
            st.markdown(
                f":material/casino: **{len(accuracies)} seeds** of the settings of "
                f"{escape_markdown(compared.labels[group[0]])}: validation accuracy **{100 * interval.mean:.2f}% ± "
                f"{reach:.2f}** (95% interval of the mean), {ends}.{left_out}"
            )


def _show_said(compared: Compared) -> None:
    """What was noted of them and made of them, a box each; nothing where nobody has said anything."""
    told = [
        (label, run) for label, run in zip(compared.labels, compared.runs, strict=True) if run.notes or run.reflection
    ]
    if not told:
        return
    st.subheader("Notes and reflections", anchor=False)
    for start in range(0, len(told), _ABREAST):
        row = told[start : start + _ABREAST]
        columns = side_by_side(*[1] * min(_ABREAST, len(told)), key=f"compare_said_{start}", least=240)
        for column, (label, run) in zip(columns, row, strict=False):
            with column.container(border=True, height="stretch"):
                st.caption(escape_markdown(label))
                show_said(run)


def _show_coordinates(compared: Compared, names: Sequence[str]) -> None:
    configs, accuracies = zip(*((run.config, run.val_accuracy) for run in compared.runs), strict=True)
    axes = coordinates(configs, names, accuracies, _value)
    figure = parallel_figure(axes, compared.labels, range(len(compared.runs)))
    differing = ", ".join(setting_title(name) for name in names)
    show_figure(figure, key="compare_parallel", alt=f"Parallel coordinates of the settings that differ: {differing}")

"""The card of a run: what it is, where it comes from, and what to do with it; the same on every page."""

from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from core.analysis.percent import percent
from core.commands.line import training_command
from core.config import TrainConfig, setting_title
from core.runs.model_file import write_model
from core.runs.records import Run
from core.runs.status import RunOrigin
from ui.choices.doctor import show_doctor
from ui.choices.reflection import show_reflection
from ui.choices.values import value_words
from ui.live.copy import Copied, show_copy_buttons
from ui.settings.changed import changed_settings
from ui.settings.sidebar import apply_settings, settings_query
from ui.shell.browser import browser_id
from ui.shell.resources import dataset_title, model, run_store
from ui.shell.words import escape_markdown

_LIBRARIES = {"python": "Python", "torch": "PyTorch", "numpy": "NumPy"}


def show_card(run: Run, *, page: str, key: str = "") -> None:
    """Everything that made a run, and the ways on from it.

    Parameters
    ----------
    page
        Where the card is, as the URL calls it: a copied link leads there.
    key
        One of its own, where a page has several cards.
    """
    key = key or f"{page}_card"
    # A page may have looked at its test set since it read the run.
    run = run_store().summary(run.run_id)
    with st.container(border=True, key=key):
        st.markdown(f"**{escape_markdown(run.title)}** · {origin_words(run)}")
        st.markdown(_settings_sentence(run.config))
        st.caption("  \n".join(_facts(run)))
        _show_buttons(run, page, key)
        if page != "train":
            # There it is said above, without being asked.
            _show_examination(run, page, key)
        show_reflection(run, key=key)
        settings = st.expander("All settings", key=f"{key}_all_settings", on_change="rerun")
        if settings.open:
            with settings:
                _show_all_settings(run.config)


def origin_words(run: Run) -> str:
    """Where a run comes from, in a few words."""
    mine = run.owner == browser_id()
    words = {
        RunOrigin.DEMO: "comes with Digit Lab",
        RunOrigin.IMPORTED: "imported by you" if mine else "imported",
        RunOrigin.EXPERIMENT: "trained for Learn",
        RunOrigin.SEARCH: "trained for a search",
        RunOrigin.TRAINED: "trained by you" if mine else "trained",
    }[run.origin]
    return f"{words}, continued from another run" if run.config.start_from else words


def changed_words(config: TrainConfig) -> dict[str, str]:
    """What differs from the defaults, by the sidebar’s titles: ``{"Epochs": "8"}``. The seed is said apart."""
    names = [name for name in changed_settings(config) if name != "seed"]
    return {setting_title(name): value_words(name, getattr(config, name)) for name in names}


def _settings_sentence(config: TrainConfig) -> str:
    changed = changed_words(config)
    if not changed:
        return "All settings at their defaults."
    values = (f"{title} **{escape_markdown(value)}**" for title, value in changed.items())
    return f"Differs from the defaults: {' · '.join(values)}"


def _facts(run: Run) -> list[str]:
    """Dataset and seed, accuracies, and where it was trained."""
    config = run.config
    learned_from = f"Dataset {escape_markdown(dataset_title(config.dataset))} · seed {config.seed}"
    if config.start_from:
        learned_from += f" · continued from {_name_of(config.start_from)}"
    if config.teacher:
        learned_from += f" · taught by {_name_of(config.teacher)}"
    validation = "not measured" if run.val_accuracy is None else percent(run.val_accuracy)
    return [learned_from, f"Validation accuracy {validation} · {_test_words(run)}", _environment(run)]


def _test_words(run: Run) -> str:
    if run.test_accuracy is None or not run.test_looks:
        return "test set not looked at yet"
    times = "once" if run.test_looks == 1 else f"{run.test_looks} times"
    return f"test accuracy {percent(run.test_accuracy)}, looked at {times}"


def _environment(run: Run) -> str:
    known = run.environment
    if not known.versions:
        return "It is not known where this run was trained."
    libraries = ", ".join(f"{_LIBRARIES.get(name, name)} {version}" for name, version in known.versions.items())
    threads = "1 thread" if known.threads == 1 else f"{known.threads} threads"
    images = " / ".join(f"{count:,}" for count in (known.train_images, known.validation_images, known.test_images))
    return f"{escape_markdown(libraries)} · {known.device}, {threads} · {images} training / validation / test images"


def _name_of(run_id: str) -> str:
    store = run_store()
    return escape_markdown(store.summary(run_id).name if store.exists(run_id) else f"{run_id}, which has been deleted")


def _show_buttons(run: Run, page: str, key: str) -> None:
    with st.container(horizontal=True):
        used = st.button(
            "Use these settings",
            key=f"{key}_use",
            icon=":material/tune:",
            on_click=apply_settings,
            args=(run.config,),
            help="Sets the sidebar of Train to every setting of this run.",
        )
        query = urlencode({"run": run.run_id})
        buttons = [Copied("Copy link", path=f"{page}?{query}"), Copied("Copy command line", training_command(run))]
        show_copy_buttons(buttons, key=f"{key}_copy")
        if run.epochs_done > 0:
            _show_download(run, key)
    if used and page == "train":
        # The sidebar lies outside of the fragment that shows a run.
        st.rerun()
    if used:
        st.switch_page("train.py", query_params=settings_query(run.config))


def _show_download(run: Run, key: str) -> None:
    """The run’s network as one safetensors file, made when it is asked for."""
    st.download_button(
        "Download",
        lambda: write_model(model(run.run_id)),
        file_name=f"{run.name}.safetensors",
        key=f"{key}_download",
        icon=":material/download:",
        on_click="ignore",
        help="Weights with their config inside, as safetensors: upload it to any Digit Lab, or predict with "
        "`python -m core predict --run FILE image.png`.",
    )


def _show_examination(run: Run, page: str, key: str) -> None:
    folded = st.expander("Training doctor", key=f"{key}_examination", on_change="rerun")
    if folded.open:
        with folded:
            show_doctor(run.run_id, page=page, key=key)


def _show_all_settings(config: TrainConfig) -> None:
    defaults = TrainConfig()
    rows = [
        (setting_title(name), *(value_words(name, getattr(one, name)) for one in (config, defaults)))
        for name in TrainConfig.model_fields
    ]
    st.dataframe(
        pd.DataFrame(rows, columns=["Setting", "This run", "Default"]),
        hide_index=True,
        alt="Every setting of the run beside its default",
    )

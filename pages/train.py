"""Train: set a network up, watch it learn."""

import streamlit as st

from core.config import TrainConfig
from ui.page import page_header
from ui.resources import dataset_entry, engine, run_store
from ui.sidebar import show_start, training_settings
from ui.train_augmentation import show_augmentation
from ui.train_controls import run_heading, show_buttons, show_presets, show_queue, snapshot_of, watched_run
from ui.train_finder import show_finder
from ui.train_progress import show_curves, show_inside, show_probes, show_progress, show_result
from ui.words import describe, plain

POLL_SECONDS = 0.5


def main() -> None:
    """Draw the page."""
    page_header("Train", "Set the network in the sidebar, press **Train** and watch it learn.")
    config = training_settings()
    st.markdown(describe(config, engine().estimate_seconds(config), dataset_entry(config.dataset)))
    show_start(config)
    show_presets()
    run_id = watched_run()
    activity = active_runs(run_id)
    show_buttons(config, run_id)
    show_augmentation(config)
    show_finder(config)
    # Fragments poll only while there is something to wait for.
    st.fragment(show_run, run_every=POLL_SECONDS if any(activity) else None)(run_id, config, activity)


def active_runs(run_id: str) -> tuple[bool, bool]:
    """Whether the watched run is under way, and whether any run is."""
    return snapshot_of(run_id).status.is_active, bool(engine().active_jobs())


def show_run(run_id: str, config: TrainConfig, activity: tuple[bool, bool]) -> None:
    """Everything about the watched run; drawn anew twice a second while anything runs."""
    snapshot = snapshot_of(run_id)
    run = run_store().get(run_id)
    st.subheader(run_heading(run), anchor=False, divider="grey")
    if snapshot.config != config:
        st.caption("The sidebar holds other settings than this run: they count for the next one.")
    show_progress(snapshot)
    if snapshot.error:
        st.warning(plain(snapshot.error))
    show_result(snapshot)
    show_queue()
    show_curves(snapshot)
    show_probes(snapshot)
    show_inside(snapshot)
    if active_runs(run_id) != activity:
        # Buttons live outside of the fragment, and polling has to end with the last run: both need the whole page.
        st.rerun()


main()

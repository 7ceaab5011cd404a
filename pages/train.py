"""Train: set a network up, watch it learn."""

from ui.jobs.controls import watched_run
from ui.settings.sidebar import training_settings
from ui.train.augmentation import show_augmentation
from ui.train.feed import active_runs
from ui.train.finder import show_finder
from ui.train.header import show_header
from ui.train.run import show_watched_run


def main() -> None:
    """Draw the page."""
    config = training_settings(in_training=show_finder)
    run_id = watched_run(config)
    before = active_runs(run_id)
    show_header(config, run_id)
    show_augmentation(config)
    show_watched_run(run_id, config, before)


main()

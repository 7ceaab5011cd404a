"""Train: set a network up, watch it learn."""

from ui.jobs.controls import show_buttons, watched_run
from ui.settings.sidebar import show_settings_in_words, training_settings
from ui.shell.page import page_header
from ui.train.augmentation import show_augmentation
from ui.train.finder import show_finder
from ui.train.presets import show_presets
from ui.train.run import show_watched_run


def main() -> None:
    """Draw the page."""
    page_header("Train", "Set the network in the sidebar, press **Train** and watch it learn.")
    config = training_settings()
    show_settings_in_words(config)
    show_presets()
    run_id = watched_run()
    show_buttons(config, run_id)
    show_augmentation(config)
    show_finder(config)
    show_watched_run(run_id, config)


main()

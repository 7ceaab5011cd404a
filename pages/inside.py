"""Inside: what a network has learned, layer by layer and unit by unit."""

from ui.choices.run import choose_run
from ui.inside.activation_map import show_activation_map
from ui.inside.compression import show_compression
from ui.inside.control import show_control
from ui.inside.distributions import show_distributions
from ui.inside.landscape import show_landscape
from ui.inside.learned import show_learned
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Inside", "What has a network learned, and what does it do with a digit?")
    run = choose_run()
    show_control(run)
    show_learned(run)
    show_activation_map(run)
    show_landscape(run)
    show_compression(run)
    show_distributions(run)


main()

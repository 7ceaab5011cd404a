"""A network as SVG that stays in the page and changes in place."""

from ui.live.component import component


def show_svg_network(picture: str, *, key: str, alt: str) -> None:
    """Show a network; when the script runs again with the same key it changes where it stands.

    Parameters
    ----------
    picture
        What :func:`core.figures.network.network_picture` gives, as JSON.
    alt
        What a person who does not see it is told; its name for a screen reader.
    """
    component("network")(key=key, data={"picture": picture, "alt": alt})

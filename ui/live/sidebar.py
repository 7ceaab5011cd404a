"""A button that leads to the sidebar, wherever it is: opens it where it is folded away, and sets the focus in it."""

from ui.live.component import component


def show_sidebar_opener(label: str, *, key: str, focus: str) -> None:
    """Show the button.

    Parameters
    ----------
    focus
        Key of the widget that gets the focus.
    """
    component("sidebar")(key=key, data={"label": label, "focus": focus}, width="content", height="content")

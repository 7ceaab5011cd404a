"""Pages that a browser translates keep working."""

from ui.live.component import component


def bear_translation() -> None:
    """Let what a browser's translator has wrapped be moved and removed; shows nothing."""
    component("translation")(key="translation", data={}, width="content", height="content")

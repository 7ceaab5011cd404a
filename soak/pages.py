"""Where every page of the menu is, also those that come later."""

from ui.shell.menu import titles

PAGES = ("", *list(titles())[1:])
"""Paths; the first page of the menu is at the root."""

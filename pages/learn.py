"""Learn: what the other pages do, step by step, with numbers that are real."""

from importlib import import_module

from ui.learn_parts import choose_part
from ui.page import page_header

page_header("Learn", "How a network reads digits: ask, follow, try, and check what is said against what happens.")
part = choose_part()
# Imported when it is shown: nobody waits for the parts that they do not look at.
getattr(import_module(f"ui.learn_{part}"), f"show_{part}")()

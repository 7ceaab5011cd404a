"""Every page of the product, in the groups in which the menu shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class MenuPage:
    """A page as the menu knows it.

    Parameters
    ----------
    file
        Beside the entry script, in ``pages``.
    address
        Its path in the URL, and its name in exercises. The first page of the menu is at the root as well.
    icon
        Of Material Symbols.
    """

    file: str
    title: str
    address: str
    icon: str


MENU: Mapping[str, Sequence[MenuPage]] = MappingProxyType(
    {
        "": (
            MenuPage("home.py", "Home", "home", "home"),
            MenuPage("learn.py", "Learn", "learn", "school"),
            MenuPage("class.py", "Class", "class", "groups"),
        ),
        "Data": (
            MenuPage("datasets.py", "Datasets", "datasets", "database"),
            MenuPage("explore.py", "Explore", "explore", "grid_view"),
        ),
        "Training": (
            MenuPage("train.py", "Train", "train", "model_training"),
            MenuPage("search.py", "Search", "search", "manage_search"),
            MenuPage("runs.py", "Runs", "runs", "inventory_2"),
            MenuPage("compare.py", "Compare", "compare", "compare_arrows"),
        ),
        "One network": (
            MenuPage("evaluate.py", "Evaluate", "evaluate", "query_stats"),
            MenuPage("errors.py", "Errors", "errors", "error_outline"),
            MenuPage("inside.py", "Inside", "inside", "neurology"),
            MenuPage("robustness.py", "Robustness", "robustness", "shield"),
            MenuPage("draw.py", "Draw", "draw", "gesture"),
        ),
    }
)


def titles() -> dict[str, str]:
    """What each page is called, by its address, in the order of the menu."""
    return {page.address: page.title for group in MENU.values() for page in group}

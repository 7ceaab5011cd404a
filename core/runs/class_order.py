"""The classes of a network in the order in which the dataset that it names counts them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.data.catalogue import Catalogue
from core.data.class_names import places_in_order, require_order
from core.data.drawn import EVERYBODY
from core.errors import DataError
from core.models.numpy_model import NumpyModel
from core.runs.records import Run
from core.runs.status import RunOrigin


def in_order_of_dataset(model: NumpyModel, home: Path | None, viewer: str | None = EVERYBODY) -> NumpyModel:
    """The same network with its classes named and counted as in its dataset; as it is where that is not here.

    A model file says itself what its classes are called and how they are counted, and its writer may have counted
    them otherwise than the dataset, whose labels all else is compared with.

    Parameters
    ----------
    home, viewer
        As a :class:`Catalogue` has them: of other people’s drawings, nobody learns the classes here.

    Raises
    ------
    DataError
        If they are not the classes of its dataset.
    """
    try:
        names = Catalogue(home, viewer).entry(model.config.dataset).class_names
    except DataError:
        return model
    places = places_in_order(names, model.class_names)
    if places is None or names == model.class_names:
        require_order(names, model.class_names, model.config.dataset)
        return model
    last, rows = f"layers.{len(model.config.hidden_widths)}.", list(places)
    weights = {name: array[rows] if name.startswith(last) else array for name, array in model.weights.items()}
    return replace(model, weights=weights, class_names=names)


def require_own_order(run: Run, names: Sequence[str]) -> None:
    """Make sure that a run counts the classes as its dataset does; only one that was imported earlier may not.

    Parameters
    ----------
    names
        Of the classes of its dataset, in label order.

    Raises
    ------
    DataError
        If its model file was imported when the dataset was not here, and counts other classes.
    """
    if run.origin is RunOrigin.IMPORTED:
        require_order(names, run.class_names, run.config.dataset)

"""``landscape``: the loss on a plane through the path of a run."""

from argparse import Namespace
from contextlib import closing
from typing import TYPE_CHECKING

from core.commands.chosen import chosen_place
from core.commands.output import say, tell
from core.errors import RunError
from core.settings import Settings

if TYPE_CHECKING:
    from core.explain.landscape import Landscape
    from core.explain.moments import Moment


def landscape(options: Namespace) -> None:
    """The validation loss on a plane through a run's own path: a line per row of the grid, then one per epoch."""
    import numpy as np

    from core.data.catalogue import load_splits
    from core.data.class_names import with_class_names
    from core.explain.landscape import LANDSCAPE_IMAGES, POINTS, landscape_parts, losses_at, put_together
    from core.explain.plane import plane_through
    from core.explain.sample import fixed_sample

    moments = _moments(options.run)
    plane = plane_through(moments)
    model = moments[-1].model
    validation = load_splits(model.config, Settings.from_environment().home).validation
    images = fixed_sample(with_class_names(validation, model.class_names), LANDSCAPE_IMAGES)
    if plane.is_drawn:
        tell("The path is a straight line: the second direction is a random one.")
    losses = []
    for part in landscape_parts(plane, moments, POINTS):
        losses.append(losses_at(plane, images, part))
        if len(losses) <= POINTS and isinstance(part, np.ndarray):
            say({"upwards": float(part[0, 1]), "across": part[:, 0].tolist(), "losses": losses[-1].tolist()})
    _say_path(moments[-1].model.run_id, put_together(plane, losses, len(images)))


def _say_path(run_id: str, found: "Landscape") -> None:
    rows = zip(found.epochs, found.path, found.own_losses, found.plane_losses, strict=True)
    for epoch, (across, upwards), own, on_plane in rows:
        place = {"epoch": int(epoch), "across": float(across), "upwards": float(upwards)}
        say(place | {"val_loss": float(own), "plane_loss": float(on_plane)})
    say({"run_id": run_id, "images": found.images, "share": found.share, "is_random": found.is_drawn})


def _moments(run: str) -> "tuple[Moment, ...]":
    """What is kept of a run by its id, or of a folder written by ``train --out``.

    Raises
    ------
    RunError
        If there is none, or it is a file.
    """
    from core.explain.moments import kept_moments
    from core.runs.files import RunFiles
    from core.runs.store import RunStore

    place = chosen_place(run)
    if place is None:
        with closing(RunStore(Settings.from_environment())) as store:
            store.summary(run)
            return kept_moments(store.files, run)
    if not place.is_dir():
        raise RunError(f"{place.name} holds the weights of one epoch: give the folder or the id of a run.")
    place = place.resolve()
    return kept_moments(RunFiles(place.parent, 0, 0), place.name)

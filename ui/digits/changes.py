"""What would have been read instead: the smallest change of an image, and the walk to another one."""

import numpy as np
import streamlit as st

from core.analysis.percent import probability_percent
from core.analysis.verdict import named
from core.figures.interpolation import walk_curves
from ui.digits.asked import Asked, choose_rival, flip_of, training_images, walk_of
from ui.digits.gallery import show_gallery
from ui.digits.tiles import digit_tile, show_tiles, values_tile
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.shell.words import escape_markdown, item

IMAGES_GONE = "The images that this run learned from have been deleted: there is nothing to compare this one with."
_SHOWN = 11
"""Of the images on the way, both ends among them."""


def show_flip(asked: Asked) -> None:
    """The image, the smallest change that was found to change the answer, and the result."""
    flip = flip_of(asked)
    if flip is None:
        st.info("No change to the pixels was found that changes this network’s answer.", icon=":material/search_off:")
        return
    before, after = (named(escape_markdown(asked.names[label])) for label in (flip.before, flip.after))
    first, last = asked.model.probabilities(np.stack([asked.image, flip.image]))
    sure = [probability_percent(float(said[label])) for said, label in ((first, flip.before), (last, flip.after))]
    change = flip.image.astype(np.float64) - asked.image
    show_tiles(
        [
            digit_tile(asked.image, f"As it is: {before}, {sure[0]}"),
            values_tile(change, asked.image, "The change: orange more ink, blue less", of="of 255 ink"),
            digit_tile(flip.image, f"Changed: {after}, {sure[1]}"),
        ],
        key="why_flip",
    )
    pixels = "1 pixel changes" if flip.pixels == 1 else f"{flip.pixels} pixels change"
    st.caption(
        f"{pixels}, by at most {flip.largest} of 255; the distance is {flip.distance:.2f} (the root of the summed "
        "squares, ink from 0 to 1). It is the smallest found towards any class. The changed image is "
        "rounded to whole bytes before the network reads it."
    )


def show_walk(asked: Asked) -> None:
    """Probabilities, and some of the images, on the straight way to a training image of another class."""
    train = training_images(asked.run)
    if train is None:
        st.info(IMAGES_GONE, icon=":material/delete:")
        return
    rival = choose_rival(asked)
    walk, what, other = walk_of(asked, train, rival), item(asked.names), escape_markdown(asked.names[rival])
    if walk is None:
        st.info(f"None of the training images is labelled {other}.", icon=":material/search_off:")
        return
    answers = [asked.names[label] for label in walk.answers]
    show_figure(
        kept_figure(walk_curves, walk.shares, walk.probabilities, asked.names),
        key="why_walk",
        alt=f"Probabilities on the way from this {what}, read as {answers[0]}, to one read as {answers[-1]}",
    )
    chosen = np.linspace(0, len(walk.images) - 1, _SHOWN).round().astype(np.int64)
    show_gallery(
        walk.images[chosen],
        [f"{walk.shares[place]:.0%} of the second image<br>read as {answers[place]}" for place in chosen],
        key="why_walk_images",
        alt=f"{_SHOWN} images on the way, read as {', '.join(answers[place] for place in chosen)}",
        columns=_SHOWN,
        captions=[answers[place] for place in chosen],
    )
    turns = "; ".join(
        f"at {share:.0%} the answer changes from {named(escape_markdown(asked.names[before]))} to "
        f"{named(escape_markdown(asked.names[after]))}"
        for share, before, after in walk.turns
    )
    st.caption(
        f"From this {what} to the nearest training {what} labelled {other}, pixel by pixel; below each image, what the "
        f"network reads in it. {turns[:1].upper()}{turns[1:]}{'.' if turns else 'The answer never changes.'}"
    )

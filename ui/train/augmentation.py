"""What augmentation does, on real images, before anything is trained on them."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.config import AUGMENTATIONS, TrainConfig, setting_title
from core.data.augmentation_preview import augmentation_preview
from core.errors import DataError
from core.figures.montage import digit_montage
from core.training.probes import probe_positions
from ui.digits.gallery import show_montage
from ui.shell.background import find_work, is_running, start_work
from ui.shell.page import show_error
from ui.shell.polling import show_polled
from ui.shell.resources import images_to_validate
from ui.shell.state import page_state
from ui.shell.words import escape_markdown
from ui.train.state import TrainState

_IMAGES = 10


def show_augmentation(config: TrainConfig) -> None:
    """The same ten images as they are and as a training run sees them; nothing unless images are changed."""
    if not config.augments:
        return
    with st.expander("Augmentation preview", icon=":material/auto_awesome_motion:", expanded=True):
        try:
            images = _examples(config)
        except DataError as error:
            show_error(error)
            return
        draw = page_state(TrainState).augmentation_draw
        key = f"augmentation {draw} {_what_counts(config)}"
        if find_work(key) is None:
            _start(key, config, images, draw)
        show_polled(_show_state, key, images, busy=lambda: is_running(key))
        work = find_work(key)
        if work is not None and work.error:
            st.error(f"The preview could not be made: {escape_markdown(work.error)}")
            again = (key, config, images, draw)
            st.button("Try again", icon=":material/refresh:", key="augmentation_again", on_click=_start, args=again)
        st.button("Draw again", icon=":material/shuffle:", on_click=_draw_anew)


def _start(key: str, config: TrainConfig, images: NDArray[np.uint8], draw: int) -> None:
    start_work(key, augmentation_preview, config.to_json(), images, draw)


def _show_state(key: str, images: NDArray[np.uint8]) -> None:
    work = find_work(key)
    if work is None:
        return
    if work.is_running:
        st.caption(":material/hourglass_top: A worker is augmenting the images …")
        return
    if work.error:
        return
    changed, speed = work.result
    both = np.concatenate([images, changed])
    hover = [f"image {place + 1}, {row}" for row in ("original", "augmented") for place in range(len(images))]
    figure = digit_montage(both, hover, columns=len(images))
    show_montage(
        figure,
        key="augmentation_montage",
        alt=f"{len(images)} validation images in the first row, augmented in the second",
    )
    st.caption(
        f"Above: the originals. Below: as an epoch may see them. One core augments **{speed:,.0f} images per "
        "second**, which adds to the training time."
    )


def _examples(config: TrainConfig) -> NDArray[np.uint8]:
    """Ten validation images, of different classes where there are that many; fewer are shown several times."""
    validation = images_to_validate(config)
    positions = probe_positions(validation.labels, len(validation.class_names))
    positions = positions[:: max(1, len(positions) // _IMAGES)]
    return np.ascontiguousarray(validation.images[np.resize(positions, _IMAGES)])


def _what_counts(config: TrainConfig) -> str:
    changes = ", ".join(f"{setting_title(name)} {getattr(config, name):g}" for name in AUGMENTATIONS)
    return f"{changes} {config.data_only().to_json()}"


def _draw_anew() -> None:
    page_state(TrainState).augmentation_draw += 1

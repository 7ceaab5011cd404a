"""Explore, Statistics: balance of the classes, mean images, pixel values."""

import streamlit as st

from core.figures.samples import class_balance_bars, intensity_bars, mean_image_grid, std_image_grid
from ui.explore_data import balance_of_splits, class_images_of, histogram_of
from ui.gallery import show_montage
from ui.resources import splits

_QUIET = {"displayModeBar": False}


def show_statistics(split_name: str) -> None:
    """Class balance of all splits; mean images and pixel values of one."""
    _show_balance()
    _show_class_images(split_name)
    _show_intensities(split_name)


def _show_balance() -> None:
    balance = balance_of_splits()
    st.subheader("Class balance", anchor=False)
    alt = "Bars: share of each digit in the training, validation and test split; all lie between 9 and 12 per cent."
    st.plotly_chart(class_balance_bars(balance), key="explore_balance", alt=alt, config=_QUIET)
    with st.expander("Counts as a table"):
        table = {"Digit": list(balance.class_names)}
        counts = dict(zip(balance.split_names, balance.counts.tolist(), strict=True))
        st.dataframe(table | counts, hide_index=True)
    st.caption(
        "Validation is drawn from the 60,000 training images so that each digit has the same share; "
        "the official test set stays whole."
    )


def _show_class_images(split_name: str) -> None:
    images = class_images_of(split_name)
    st.subheader(f"The average digit, {split_name.lower()} split", anchor=False)
    mean, deviation = st.columns(2, gap="medium")
    with mean:
        st.markdown("**Mean of each class**: bright where most writers put ink")
        alt = "Ten blurred digits: the mean image of each class."
        show_montage(mean_image_grid(images), key="explore_mean", alt=alt)
    with deviation:
        st.markdown("**Standard deviation**: bright where writers differ")
        alt = (
            "Ten outlines: the standard deviation of each pixel within each class, brightest along the strokes' edges."
        )
        show_montage(std_image_grid(images), key="explore_std", alt=alt)


def _show_intensities(split_name: str) -> None:
    histogram, normalisation = histogram_of(split_name), splits().normalisation
    st.subheader(f"Pixel values, {split_name.lower()} split", anchor=False)
    before, after = st.columns(2, gap="medium")
    for column, normalised in ((before, False), (after, True)):
        word = "after" if normalised else "before"
        column.plotly_chart(
            intensity_bars(histogram, normalised=normalised),
            key=f"explore_intensity_{word}",
            alt=f"Histogram of the pixel values {word} normalisation: {histogram.shares[0]:.0%} are background.",
            config=_QUIET,
        )
    st.caption(
        f"Normalisation divides by 255, takes off the mean {normalisation.mean:.4f} and divides by the standard "
        f"deviation {normalisation.std:.4f}, both measured on the training split alone. "
        f"{histogram.shares[0]:.0%} of the pixels are background."
    )

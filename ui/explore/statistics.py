"""Explore, Statistics: balance of the classes, mean images, pixel values."""

import streamlit as st

from core.analysis.percent import percent
from core.figures.balance import class_balance_bars
from core.figures.class_images import mean_image_grid, std_image_grid
from core.figures.pixel_values import intensity_points
from ui.choices.dataset import balance_of_splits, whole_splits
from ui.digits.gallery import show_montage
from ui.explore.data import class_images_of, histogram_of
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.shell.resources import dataset_entry
from ui.shell.terms import explained
from ui.shell.words import item


def show_statistics(dataset: str, split_name: str) -> None:
    """Class balance of all splits; mean images and pixel values of one."""
    _show_balance(dataset)
    _show_class_images(dataset, split_name)
    _show_intensities(dataset, split_name)


def _show_balance(dataset: str) -> None:
    balance, entry = balance_of_splits(dataset), dataset_entry(dataset)
    st.header("Class balance", anchor=False, help=explained("Label", "Stratified"))
    low, high = balance.shares.min(), balance.shares.max()
    alt = f"Bars: share of each class in training, validation and test; all lie between {low:.0%} and {high:.0%}."
    show_figure(kept_figure(class_balance_bars, balance), key="explore_balance", alt=alt)
    with st.expander("Counts as a table"):
        table = {"Class": list(balance.class_names)}
        counts = dict(zip(balance.split_names, balance.counts.tolist(), strict=True))
        st.dataframe(table | counts, hide_index=True)
    st.caption(
        f"Validation is drawn from {entry.images:,} images so that each class keeps its share; "
        + (
            "the official test set stays whole."
            if entry.test_images
            else "so is the test set, which had none of its own."
        )
    )


def _show_class_images(dataset: str, split_name: str) -> None:
    images = class_images_of(dataset, split_name)
    count = len(images.class_names)
    st.header(f"The average {item(images.class_names)}, {split_name.lower()} split", anchor=False)
    mean, deviation = st.columns(2, gap="medium")
    with mean:
        st.markdown("**Mean of each class**: bright where most writers put ink")
        alt = f"{count} blurred images: the mean of each class."
        show_montage(kept_figure(mean_image_grid, images), key="explore_mean", alt=alt)
    with deviation:
        st.markdown("**Standard deviation**: bright where writers differ")
        alt = f"{count} outlines: the standard deviation of each pixel within each class, brightest along edges."
        show_montage(kept_figure(std_image_grid, images), key="explore_std", alt=alt)


def _show_intensities(dataset: str, split_name: str) -> None:
    histogram, normalisation = histogram_of(dataset, split_name), whole_splits(dataset).normalisation
    st.header(f"Pixel values, {split_name.lower()} split", anchor=False, help=explained("Ink", "Normalisation"))
    background = percent(histogram.shares[0])
    before, after = st.columns(2, gap="medium")
    for column, normalised in ((before, False), (after, True)):
        word = "after" if normalised else "before"
        with column:
            show_figure(
                kept_figure(intensity_points, histogram, normalised=normalised),
                key=f"explore_intensity_{word}",
                alt=f"Histogram of the pixel values {word} normalisation: {background} are background.",
            )
    st.caption(
        f"Normalisation divides by 255, subtracts the mean {normalisation.mean:.4f} and divides by the standard "
        f"deviation {normalisation.std:.4f}, both measured on the training split alone. {background} of the pixels "
        "are background."
    )

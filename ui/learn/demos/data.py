"""Demos of questions 1 to 6: packages, imports, files, normalisation, splits, batches."""

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.balance import class_balance
from core.analysis.pixels import intensity_histogram
from core.config import Scaling, Split
from core.data.splits import scaling_of
from core.drawings.preprocessing import normalise
from core.figures.balance import class_balance_bars
from core.figures.montage import digit_montage
from core.figures.pixel_values import intensity_points
from core.learn.lessons.environment import IMPORTABLE, import_seconds, required_packages
from core.learn.lessons.files import FILES, file_facts
from core.learn.lessons.splits import hold_out
from core.learn.questions.question import Question
from ui.digits.gallery import show_montage
from ui.live.figure import show_figure
from ui.shell.background import find_work, is_running, start_work
from ui.shell.polling import show_polled
from ui.shell.resources import splits
from ui.shell.words import megabytes

_SHOWN = 20


def demo_packages(_: Question) -> None:
    """What is asked for and what is there."""
    packages = required_packages()
    there = sum(bool(package.installed) for package in packages)
    st.markdown(f"**{there} of {len(packages)}** required packages are installed where this page runs:")
    rows = [(package.name, package.wanted, package.installed or "not installed") for package in packages]
    st.dataframe(pd.DataFrame(rows, columns=["Package", "Wanted", "Installed"]), hide_index=True)


def demo_imports(_: Question) -> None:
    """Time an import in a fresh Python."""
    module = st.selectbox("Module", IMPORTABLE, key="demo_module")
    key = f"import {module}"
    st.button(f"import {module}", key="demo_import", icon=":material/timer:", on_click=_time_import, args=(key, module))
    show_polled(_show_import, key, module, busy=lambda: is_running(key))


def _time_import(key: str, module: str) -> None:
    start_work(key, import_seconds, module)


def _show_import(key: str, module: str) -> None:
    work = find_work(key)
    if work is not None and work.is_running:
        st.progress(
            work.seconds / (work.seconds + 2), f"A fresh Python process imports {module} … {work.seconds:.0f} s"
        )
    elif work is not None and work.error:
        st.error(work.error)
    elif work is not None:
        st.metric(
            f"import {module}", f"{work.result:.2f} s", help="In a fresh Python process, without its own startup time."
        )


def demo_idx_file(_: Question) -> None:
    """One of the four files, taken apart."""
    name = st.selectbox("File", FILES, index=3, key="demo_file")
    facts = file_facts(name)
    check = "matches the published file" if facts.is_published else "**differs from the published file**"
    rows = [
        ("Magic number", f"{facts.magic.hex(' ')}: bytes (08) in {facts.magic[3]} dimensions"),
        ("Sizes", " × ".join(f"{size:,}" for size in facts.sizes)),
        ("Header + values", f"{4 + 4 * len(facts.sizes)} + {int(np.prod(facts.sizes)):,} = {facts.unpacked:,} bytes"),
        ("Gzipped", megabytes(facts.packed)),
        ("SHA-256", f"{facts.sha256[:16]}… {check}"),
    ]
    st.table(pd.DataFrame(rows, columns=["", name]), hide_index=True, alt=f"What the file {name} says of itself")


def demo_normalisation(_: Question) -> None:
    """Switch the scaling and look at the same digits' numbers."""
    titles: dict[Scaling, str] = {
        "none": "As it is",
        "zero_one": "0 to 1",
        "minus_one_one": "−1 to 1",
        "standardise": "Mean 0, deviation 1",
    }
    kind = st.segmented_control(
        "Normalisation",
        list(titles),
        default="standardise",
        format_func=titles.__getitem__,
        required=True,
        key="demo_scaling",
    )
    train = splits().train
    few = train.subset(np.arange(2_000))
    scaling = scaling_of(train.images, kind)
    numbers = normalise(few.images, scaling)
    before = few.images.astype(np.float64)
    names = ("Mean", "Deviation", "Least", "Greatest")
    values = ((x.mean(), x.std(), x.min(), x.max()) for x in (before, numbers))
    for column, name, raw, ready in zip(st.columns(4), names, *values, strict=True):
        column.metric(name, f"{ready:.3f}", f"was {raw:.1f}", delta_color="off", delta_arrow="off")
    st.caption(f"Of 2,000 training digits: (pixel / 255 − {scaling.mean:.4f}) / {scaling.std:.4f}.")
    figure = intensity_points(intensity_histogram(few, scaling), normalised=True)
    show_figure(figure, key="demo_intensity", alt="Histogram of the pixels after normalisation")


def demo_splits(_: Question) -> None:
    """Sizes, kind and seed of a split, and the digits in each part."""
    kinds: dict[Split, str] = {"stratified": "Stratified", "random": "Random", "in_order": "In the file’s order"}
    left, middle, right = st.columns(3)
    kind = left.selectbox("Split", list(kinds), format_func=kinds.__getitem__, key="demo_split")
    size = middle.select_slider("Validation images", (100, 500, 1_000, 5_000, 10_000), 5_000, key="demo_validation")
    seed = int(right.number_input("Seed", 0, 99, 0, key="demo_seed"))
    held_out = hold_out(splits(), kind, int(size), seed)
    balance = class_balance(held_out)
    words = [
        f"{name}: **{count:,}**" for name, count in zip(balance.split_names, balance.counts.sum(axis=1), strict=True)
    ]
    st.markdown(f"{' · '.join(words)}. First validation images: {_first_places(held_out.validation.file_indices)}.")
    show_figure(class_balance_bars(balance), key="demo_balance", alt="Share of each digit in the three parts")
    st.caption("The test images are separate from the other 60,000, whatever the split.")


def _first_places(places: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> str:
    return ", ".join(f"{place:,}" for place in places[:5])


def demo_batches(_: Question) -> None:
    """The first images of a batch, shuffled or not, and what an epoch consists of."""
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    size = int(left.select_slider("Batch size", tuple(2**power for power in range(2, 13)), 64, key="demo_batch_size"))
    epoch = int(middle.number_input("Epoch", 1, 200, 1, key="demo_epoch"))
    shuffle = right.toggle("Shuffle", value=True, key="demo_shuffle")
    train = splits().train
    order = np.random.default_rng([0, epoch]).permutation(len(train)) if shuffle else np.arange(len(train))
    batches = -(-len(train) // size)
    last = len(train) - (batches - 1) * size
    st.markdown(
        f"**{batches:,} batches** make an epoch of {len(train):,} images; the last has {last}. "
        f"One batch is an array of shape ({size}, 784): {megabytes(size * 784 * 4)}."
    )
    first = train.subset(order[: min(size, _SHOWN)])
    hover = [f"image {place:,}, label {label}" for place, label in zip(first.file_indices, first.labels, strict=True)]
    figure = digit_montage(first.images, hover, columns=10)
    show_montage(figure, key="demo_batch", alt=f"The first {len(first)} digits of the first batch of epoch {epoch}")
    st.caption(f"The first {len(first)} images of the first batch.")

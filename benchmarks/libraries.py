"""The same network by other libraries: each prepares itself, its first epoch included, and then takes one at a time."""

import logging
import os
import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

Epoch = Callable[[], float]
"""Trains one epoch; the seconds that it took."""
Pixels, Labels = NDArray[np.float32], NDArray[np.int64]


def seconds_of(train: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    started = time.perf_counter()
    train()
    return time.perf_counter() - started


def scikit_learn(pixels: Pixels, labels: Labels, batch: int, hidden: int) -> Epoch:
    """``MLPClassifier``; without a first epoch, for each ``fit`` begins anew."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    def epoch() -> float:
        peer = MLPClassifier(
            (hidden,), solver="adam", batch_size=batch, learning_rate_init=1e-3, max_iter=1, random_state=0
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return seconds_of(lambda: peer.fit(pixels, labels))

    return epoch


def skorch(pixels: Pixels, labels: Labels, batch: int, hidden: int) -> Epoch:
    """``NeuralNetClassifier`` without a validation split, its usual callbacks left out."""
    from skorch import NeuralNetClassifier

    net = NeuralNetClassifier(
        _module(hidden),
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-3,
        batch_size=batch,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
        callbacks="disable",
        max_epochs=1,
    )
    net.fit(pixels[: 10 * batch], labels[: 10 * batch])
    return lambda: seconds_of(lambda: net.partial_fit(pixels, labels))


def lightning(pixels: Pixels, labels: Labels, batch: int, hidden: int) -> Epoch:
    """A ``LightningModule`` with a loader of tensors; logging, bar and checkpoints off."""
    from lightning import pytorch as lightning_torch

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

    class Module(lightning_torch.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = _module(hidden)

        def training_step(self, pair: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
            return nn.functional.cross_entropy(self.network(pair[0]), pair[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=1e-3)

    data = torch.utils.data.TensorDataset(torch.from_numpy(pixels), torch.tensor(labels))
    loader = torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True)
    module = Module()

    def train() -> None:
        trainer = lightning_torch.Trainer(
            max_epochs=1,
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        with warnings.catch_warnings():
            # It would like more processes to load data that is in memory.
            warnings.simplefilter("ignore")
            trainer.fit(module, loader)

    return lambda: seconds_of(train)


def jax_scan(pixels: Pixels, labels: Labels, batch: int, hidden: int) -> Epoch:
    """Adam by hand in one jitted scan over the batches of an epoch, the whole dataset on the device."""
    import jax
    from jax import numpy as jnp

    from benchmarks.jax_epoch import fresh_state, make_epoch

    images, classes = jnp.asarray(pixels), jnp.asarray(labels)
    epoch = make_epoch(batch)
    state = fresh_state(jax.random.PRNGKey(0), hidden)
    random = np.random.default_rng(0)

    def train() -> None:
        nonlocal state
        order = random.permutation(len(labels))[: len(labels) // batch * batch].reshape(-1, batch)
        state = jax.block_until_ready(epoch(state, images, classes, jnp.asarray(order)))

    train()
    return lambda: seconds_of(train)


def keras_on_jax(pixels: Pixels, labels: Labels, batch: int, hidden: int) -> Epoch:
    """``Sequential`` with its compiled ``fit``."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    model = keras.Sequential(
        [
            keras.Input((pixels.shape[1],)),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )

    def train() -> None:
        model.fit(pixels, labels, batch_size=batch, epochs=1, verbose=0)

    train()
    return lambda: seconds_of(train)


def _module(hidden: int) -> nn.Module:
    return nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 10))


LIBRARIES: dict[str, Callable[[Pixels, Labels, int, int], Epoch]] = {
    "scikit-learn": scikit_learn,
    "skorch": skorch,
    "Lightning": lightning,
    "JAX, one jitted scan": jax_scan,
    "Keras on JAX": keras_on_jax,
}

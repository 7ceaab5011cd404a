"""784-hidden-10 with ReLU and Adam in JAX: one compiled function for a whole epoch."""

from collections.abc import Callable
from typing import Any

import jax
from jax import lax
from jax import numpy as jnp

from core.models.functional import BETA1, BETA2, EPSILON

RATE = 1e-3
State = tuple[Any, Any, Any, Any]
"""Weights, both moments, steps."""


def fresh_state(key: Any, hidden: int) -> State:
    """He's weights, no moments."""
    first, second = jax.random.split(key)
    weights = (
        jax.random.normal(first, (784, hidden)) * (2 / 784) ** 0.5,
        jnp.zeros(hidden),
        jax.random.normal(second, (hidden, 10)) * (2 / hidden) ** 0.5,
        jnp.zeros(10),
    )
    nothing = jax.tree.map(jnp.zeros_like, weights)
    return weights, nothing, nothing, jnp.zeros(())


def make_epoch(batch: int) -> Callable[[State, Any, Any, Any], State]:
    """A jitted function: state, images ``(N, 784)``, labels ``(N,)``, order ``(steps, batch)`` → state."""

    def loss(weights: Any, images: Any, labels: Any) -> Any:
        hidden = jax.nn.relu(images @ weights[0] + weights[1])
        scores = jax.nn.log_softmax(hidden @ weights[2] + weights[3])
        return -scores[jnp.arange(batch), labels].mean()

    @jax.jit
    def epoch(state: State, images: Any, labels: Any, order: Any) -> State:
        def step(state: State, positions: Any) -> tuple[State, None]:
            weights, first, second, steps = state
            gradient = jax.grad(loss)(weights, images[positions], labels[positions])
            steps = steps + 1
            first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, gradient)
            second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, gradient)
            rate = RATE * jnp.sqrt(1 - BETA2**steps) / (1 - BETA1**steps)
            moved = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), weights, first, second)
            return (moved, first, second, steps), None

        return lax.scan(step, state, order)[0]

    return epoch

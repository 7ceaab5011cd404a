"""Challenges: goals that only a real run can reach, checked against the runs that count for the person who asks.

All are measured on validation images: test images choose nothing, not even a winner.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.config import TrainConfig
from core.learn.experiments.records import diverged
from core.models.shapes import parameter_count
from core.runs.records import Run
from core.runs.status import RunStatus

LEAST_VALIDATION = 5_000
"""Images that an accuracy must have been measured on to count."""
_FEW = 1_000


@dataclass(frozen=True)
class Challenge:
    """A goal.

    Parameters
    ----------
    name
        In the URL.
    start
        Settings to begin with; they do not reach the goal.
    is_solved_by
        Whether a run, given with its epochs, reaches the goal, seen beside all other runs.
    """

    name: str
    title: str
    goal: str
    hint: str
    start: TrainConfig
    is_solved_by: Callable[[Run, Sequence[Run]], bool]


def solution(challenge: Challenge, runs: Sequence[Run]) -> Run | None:
    """The first run that solved it.

    Parameters
    ----------
    runs
        With their epochs, newest first.
    """
    return next((run for run in reversed(runs) if challenge.is_solved_by(run, runs)), None)


def validation_accuracy(run: Run) -> float:
    """Accuracy 0–1 of a completed run on enough of MNIST's validation images; 0 for any other run."""
    counts = (
        run.status is RunStatus.COMPLETED
        and run.config.dataset == "mnist"
        and run.environment.validation_images >= LEAST_VALIDATION
    )
    return run.val_accuracy or 0.0 if counts else 0.0


def _reaches(accuracy: float, condition: Callable[[Run], bool] | None = None) -> Callable[[Run, Sequence[Run]], bool]:
    """At least this validation accuracy, under a condition if there is one."""
    return lambda run, _: validation_accuracy(run) >= accuracy and (condition is None or condition(run))


def _learned_alone(run: Run) -> bool:
    """Neither from the weights nor from the answers of another run."""
    return not run.config.start_from and not run.config.teacher


def _has_seen_few(run: Run) -> bool:
    """At most 1,000 training images, and no weights that have seen others."""
    return run.environment.train_images <= _FEW and _learned_alone(run)


def _stays_in_the_tutorials_budget(run: Run) -> bool:
    config = run.config
    return _has_seen_few(run) and config.epochs <= 20 and not config.augments and not config.mixup


def _overfits(run: Run, _: Sequence[Run]) -> bool:
    kept = run.kept_epoch
    return kept is not None and 0 < validation_accuracy(run) <= 0.90 and kept.train_accuracy >= 0.99


def _is_at_the_edge(run: Run, runs: Sequence[Run]) -> bool:
    """Learns well, while a run that differs in the learning rate alone, by a factor of 2 at most, diverged."""
    if validation_accuracy(run) < 0.8:
        return False
    rate = run.config.learning_rate
    return any(
        diverged(other)
        and rate < other.config.learning_rate <= 2 * rate
        and other.config.model_copy(update={"learning_rate": rate}) == run.config
        for other in runs
    )


CHALLENGES = (
    Challenge(
        "overfit",
        "By heart",
        "Overfit on purpose: at least 99% on the training images, at most 90% on the validation images.",
        "What is easier to learn by heart: many images or few? And what would get in the way?",
        TrainConfig(),
        _overfits,
    ),
    Challenge(
        "fast",
        "Ten seconds",
        "98% on validation, with no more than ten seconds of training. How far these go depends on the machine.",
        "You can afford only a few epochs. Wider layers, larger batches and a learning rate that rises and falls "
        "(one-cycle) help.",
        TrainConfig(),
        _reaches(0.98, lambda run: 0 < run.seconds <= 10 and _learned_alone(run)),
    ),
    Challenge(
        "one_epoch",
        "Seen once",
        "97% on validation when the network has seen every image just once: one epoch.",
        "Each step has to count. Try other batch sizes, and a learning rate that falls to 0 within the epoch.",
        TrainConfig(epochs=1),
        _reaches(0.97, lambda run: run.config.epochs == 1 and _learned_alone(run)),
    ),
    Challenge(
        "small",
        "Small",
        "97% on validation with fewer than 10,000 parameters.",
        "In a fully connected network nearly all parameters sit between the pixels and the first layer, and 97% "
        "takes hundreds of epochs. A filter that is used everywhere in an image needs few: which architecture has "
        "those, and does it need a hidden layer behind them?",
        TrainConfig(hidden_size=12, epochs=10),
        _reaches(0.97, lambda run: parameter_count(run.config, len(run.class_names)) < 10_000),
    ),
    Challenge(
        "linear",
        "Nothing hidden",
        "91.8% on validation without any hidden layer.",
        "A linear classifier soon reaches its best; what remains is the scale of its pixels and how gently training "
        "ends.",
        TrainConfig(hidden_layers=0, epochs=3),
        _reaches(0.918, lambda run: run.config.architecture != "cnn" and not run.config.hidden_widths),
    ),
    Challenge(
        "zeros",
        "From nothing",
        "90% on validation, although every weight starts at 0.",
        "All hidden units that start alike stay alike, and with ReLU they stay silent. Which network has none?",
        TrainConfig(initialisation="zeros"),
        _reaches(0.90, lambda run: run.config.initialisation == "zeros" and _learned_alone(run)),
    ),
    Challenge(
        "tutorial",
        "Beat the tutorial",
        "88.5% on validation with the NumPy tutorial’s budget: at most 1,000 training images and 20 epochs, without "
        "augmentation. The tutorial’s own network, with its gradient corrected, reaches 87.12% with this split.",
        "Cross entropy, Adam, biases and more units were not in the tutorial.",
        TrainConfig(training_size=_FEW, epochs=20, optimizer="sgd", learning_rate=0.005),
        _reaches(0.885, _stays_in_the_tutorials_budget),
    ),
    Challenge(
        "few",
        "A thousand images",
        "96% on validation from 1,000 training images, with augmentation.",
        "Rotate, shift, scale and distort: each epoch then sees new images. It takes many epochs, and a CNN helps.",
        TrainConfig(training_size=_FEW, epochs=20, rotation=5),
        _reaches(0.96, lambda run: _has_seen_few(run) and run.config.augments),
    ),
    Challenge(
        "noise",
        "Wrong labels",
        "95% on validation, although at least 30% of the training labels are wrong.",
        "A network learns what is common before it learns what is wrong. Prevent the second: stop early, use large "
        "batches, dropout, augmentation.",
        TrainConfig(label_noise=0.3, epochs=10),
        _reaches(0.95, lambda run: run.config.label_noise >= 0.3 and _learned_alone(run)),
    ),
    Challenge(
        "numpy",
        "From scratch",
        "97% on validation with the NumPy backend.",
        "It is slower than PyTorch per step, but Adam works for it as well.",
        TrainConfig(backend="numpy", hidden_size=20, epochs=2),
        _reaches(0.97, lambda run: run.config.backend == "numpy" and _learned_alone(run)),
    ),
    Challenge(
        "break",
        "Break it",
        "Make a training run diverge, until the loss is no longer a number.",
        "Plain SGD, squared error and a bold learning rate. Softmax with cross entropy is harder to break.",
        TrainConfig(optimizer="sgd", schedule="constant", training_size=5_000),
        lambda run, _: diverged(run),
    ),
    Challenge(
        "edge",
        "On the edge",
        "Find the largest learning rate that works: one run with at least 80% on validation, and another that differs "
        "only in a learning rate at most twice as large, and diverged.",
        "Networks without an activation break suddenly. Break one, then go down by less than half at a time.",
        TrainConfig(optimizer="sgd", hidden_layers=2, activation="none", learning_rate=0.01, training_size=5_000),
        _is_at_the_edge,
    ),
    Challenge(
        "best",
        "Ninety-nine",
        "99% on validation, by any means.",
        "Convolutions know that pixels have neighbours. Without them: augmentation, dropout, patience.",
        TrainConfig(hidden_size=256, hidden_layers=2, epochs=10),
        _reaches(0.99),
    ),
)
"""All challenges, roughly from easy to hard."""

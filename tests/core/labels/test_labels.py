"""Suspicious labels: the ranking against cleanlab, near-duplicates against all distances, and both together."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from cleanlab.count import num_label_issues
from cleanlab.rank import get_self_confidence_for_each_label

from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import ImageDataset
from core.errors import DataError
from core.labels.copies import NEAR, near_copies
from core.labels.examination import Examination, examine, read_examination, write_examination
from core.labels.held_out import FOLDS, answers_of_fold, fold_of_each
from core.labels.ranking import estimated_errors, rank_labels

TINY = TrainConfig(dataset="sklearn-digits", training_size=300, validation_size=50, test_size=50)


def answers(seed: int, classes: int = 4, images: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and probabilities that mostly agree with them; every class has a label."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, images)
    logits = generator.normal(0, 1.5, (images, classes))
    logits[np.arange(images), labels] += 2
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return labels, probabilities.astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_ranking_and_estimate_are_those_of_cleanlab(seed: int) -> None:
    labels, probabilities = answers(seed)
    found = rank_labels(labels, probabilities)
    quality = get_self_confidence_for_each_label(labels, probabilities)
    suspects = np.flatnonzero(probabilities.argmax(1) != labels)
    assert found.positions.tolist() == suspects[np.argsort(quality[suspects], kind="stable")].tolist()
    assert np.array_equal(found.own, quality[found.positions])
    assert np.array_equal(found.suggested, probabilities.argmax(1)[found.positions])
    assert np.array_equal(found.other, probabilities.max(1)[found.positions])
    assert found.estimate == num_label_issues(labels, probabilities) > 10


def test_without_doubt_there_are_no_suspects() -> None:
    labels = np.array([0, 1, 1, 0])
    certain = np.eye(3, dtype=np.float32)[labels]
    assert len(rank_labels(labels, certain).positions) == estimated_errors(labels, certain) == 0


def test_folds_take_the_same_share_of_every_class() -> None:
    labels = np.random.default_rng(3).permutation(np.repeat(np.arange(3), (51, 7, 2)))
    folds = fold_of_each(labels)
    counts = np.array([[(labels[folds == fold] == label).sum() for label in range(3)] for fold in range(FOLDS)])
    assert np.all(np.ptp(counts, axis=0) <= 1)
    assert np.ptp(counts.sum(1)) <= 3
    assert np.array_equal(folds, fold_of_each(labels))


def test_copies_are_those_of_all_distances() -> None:
    generator = np.random.default_rng(5)
    images = generator.integers(0, 256, (90, 28, 28), dtype=np.uint8)
    images[generator.random(images.shape) < 0.7] = 0
    held_out = images[:40].copy()
    # From identical to beyond the limit.
    noise = np.linspace(0, 60, 40)[:, None, None] * generator.normal(size=held_out.shape)
    held_out = np.clip(held_out + noise * (held_out > 0), 0, 255).astype(np.uint8)
    held_out[39] = 0
    train = ImageDataset("train", images, np.zeros(90, np.int64))
    found = near_copies(train, ImageDataset("held out", held_out, np.zeros(40, np.int64)))

    flat, others = held_out.reshape(40, -1).astype(float), images.reshape(90, -1).astype(float)
    lengths = np.linalg.norm(flat, axis=1)
    distances = np.linalg.norm(flat[:, None] - others[None], axis=2) / np.maximum(lengths, 1e-9)[:, None]
    expected = np.flatnonzero(distances.min(1) <= NEAR)
    assert 5 < len(expected) < 35
    assert sorted(found.held_out.tolist()) == expected.tolist()
    assert np.array_equal(found.training, distances.argmin(1)[found.held_out])
    assert found.distances == pytest.approx(distances.min(1)[found.held_out])
    assert np.all(np.diff(found.distances) >= 0)


@pytest.fixture(scope="module")
def examined() -> Examination:
    return examine(TINY.replace(label_noise=0.02), None)


@pytest.mark.slow
def test_labels_that_were_changed_are_found(examined: Examination) -> None:
    noisy, clean = (load_splits(TINY.replace(label_noise=share)).train for share in (0.02, 0.0))
    changed = np.flatnonzero(noisy.labels != clean.labels)
    assert len(changed) == 6
    assert np.isin(changed, examined.positions[:20]).sum() >= 5
    assert examined.images == 300
    assert np.array_equal(examined.labels, noisy.labels[examined.positions])
    assert np.all(examined.suggested != examined.labels)
    assert np.all(np.diff(examined.own) >= 0)


def test_an_examination_is_kept_and_damage_is_noticed(examined: Examination, tmp_path: Path) -> None:
    train = load_splits(TINY.replace(label_noise=0.02)).train
    path = tmp_path / "cache" / "labels.safetensors"
    assert read_examination(path, train) is None
    write_examination(path, examined)
    kept = read_examination(path, train)
    assert kept is not None
    assert all(np.array_equal(getattr(kept, field.name), getattr(examined, field.name)) for field in fields(kept))
    # Of other labels, with places that there are not, or cut short.
    assert read_examination(path, load_splits(TINY).train) is None
    for name, value in (("positions", examined.positions + 300), ("suggested", examined.suggested - 10)):
        write_examination(path, replace(examined, **{name: value}))
        assert read_examination(path, train) is None
    write_examination(path, examined)
    path.write_bytes(path.read_bytes()[:-20])
    assert read_examination(path, train) is None


def test_too_few_images_get_a_sentence() -> None:
    with pytest.raises(DataError, match="30 training images are too few; at least 50 are needed"):
        answers_of_fold(TINY.replace(training_size=30), None, 0)

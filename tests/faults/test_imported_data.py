"""Images that are in the server's home alone: workers ask for them."""

import pytest

from core.config import TrainConfig
from core.data.catalogue import Catalogue, load_splits
from core.engine.job import TrainingJob
from core.runs.status import RunStatus
from tests.faults.conftest import Lab, letters, wait_until

CONFIG = TrainConfig(hidden_size=16, epochs=3, learning_rate=0.01)


def finish(*jobs: TrainingJob) -> None:
    wait_until(lambda: not any(job.status.is_active for job in jobs), "jobs to end")


@pytest.fixture
def catalogue(lab: Lab) -> Catalogue:
    return Catalogue(lab.store.settings.home)


def test_a_run_on_imported_images_learns_and_knows_its_classes(lab: Lab, catalogue: Catalogue) -> None:
    entry = catalogue.add(letters(), "Letters", "Made up.")
    config = CONFIG.replace(dataset=entry.name)
    job = lab.engine.submit(config)
    finish(job)
    run = lab.store.get(job.run_id)
    splits = load_splits(config, lab.store.settings.home)
    assert (run.status, run.error) == (RunStatus.COMPLETED, None)
    assert run.class_names == lab.store.model(job.run_id).class_names == ("a", "b", "c")
    assert run.environment.data_digest == splits.train.digest
    assert (run.environment.train_images, run.environment.test_images) == (len(splits.train), len(splits.test))
    assert run.test_accuracy == pytest.approx(1.0)
    assert lab.store.predictions(job.run_id, splits.test).accuracy == pytest.approx(1.0)


def test_two_data_sets_in_turn_and_the_embedded_one_between(lab: Lab, catalogue: Catalogue) -> None:
    names = [catalogue.add(letters(count), "Letters", "Made up.").name for count in (500, 700)]
    assert names[0] != names[1]
    configs = [CONFIG.replace(dataset=name, training_size=300) for name in (*names, "mnist", *names)]
    jobs = [lab.engine.submit(config) for config in configs]
    finish(*jobs)
    digests = [lab.store.get(job.run_id).environment.data_digest for job in jobs]
    expected = [load_splits(config, lab.store.settings.home).train.digest for config in configs]
    assert digests == expected


def test_images_that_are_gone_get_a_sentence(lab: Lab, catalogue: Catalogue) -> None:
    name = catalogue.add(letters(400), "Short-lived", "Made up.").name
    catalogue.delete(name)
    job = lab.engine.submit(CONFIG.replace(dataset=name))
    finish(job)
    run = lab.store.get(job.run_id)
    assert run.status is RunStatus.FAILED
    assert "There is no dataset called" in str(run.error)


def test_a_run_that_goes_on_from_another_begins_with_its_weights(lab: Lab) -> None:
    first = lab.engine.submit(CONFIG.replace(training_size=2_000))
    finish(first)
    second = lab.engine.submit(first.snapshot().config.replace(start_from=first.run_id, epochs=1))
    finish(second)
    before, after = lab.store.get(first.run_id), lab.store.get(second.run_id)
    assert after.status is RunStatus.COMPLETED
    # Fresh weights would be the same as before: the seed is. How much better an epoch then is hangs on them.
    assert after.epochs[0].batch_losses[0] < before.epochs[0].batch_losses[0] / 2


@pytest.mark.parametrize(("start", "sentence"), [("gone-otter-000001", "There is no run"), ("demo", "same layers")])
def test_weights_that_cannot_be_had_get_a_sentence(lab: Lab, start: str, sentence: str) -> None:
    from core.runs.archive import bring_in_demo

    bring_in_demo(lab.store)
    job = lab.engine.submit(CONFIG.replace(start_from=start))
    finish(job)
    run = lab.store.get(job.run_id)
    assert run.status is RunStatus.FAILED
    assert sentence in str(run.error)


def test_early_stopping_completes_a_run_and_keeps_its_best_weights(lab: Lab) -> None:
    config = CONFIG.replace(training_size=100, epochs=100, patience=3, hidden_size=64, learning_rate=0.02)
    job = lab.engine.submit(config)
    finish(job)
    run = lab.store.get(job.run_id)
    assert run.status is RunStatus.COMPLETED
    assert run.epochs_done < 100
    best = min(run.epochs, key=lambda epoch: epoch.val_loss)
    assert run.val_accuracy == best.val_accuracy
    splits = load_splits(config)
    model = lab.store.model(job.run_id)
    right = model.probabilities(splits.validation.images).argmax(1) == splits.validation.labels
    assert right.mean() == pytest.approx(best.val_accuracy)

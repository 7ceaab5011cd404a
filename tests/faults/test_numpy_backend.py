"""Training by NumPy through the engine: one thread, stopped and continued to the last bit, diverged."""

import numpy as np

from core.config import TrainConfig
from core.runs.status import RunStatus
from tests.faults.conftest import Lab, wait_until

CONFIG = TrainConfig(backend="numpy", hidden_size=64, epochs=4, dropout=0.2, training_size=20_000, learning_rate=0.003)


def test_the_numpy_backend_stops_and_goes_on_as_if_nothing_had_happened(lab: Lab) -> None:
    whole = lab.engine.submit(CONFIG)
    cut = lab.engine.submit(CONFIG)
    wait_until(lambda: cut.snapshot().position > 0.1, "some progress")
    cut.stop()
    wait_until(lambda: not cut.status.is_active, "the stop")
    assert lab.store.get(cut.run_id).status is RunStatus.STOPPED
    assert 0 < lab.store.get(cut.run_id).epochs_done < CONFIG.epochs
    continued = lab.engine.resume(cut.run_id)
    wait_until(lambda: not (whole.status.is_active or continued.status.is_active), "both to end")
    runs = [lab.store.get(job.run_id) for job in (whole, continued)]
    assert [run.status for run in runs] == [RunStatus.COMPLETED] * 2
    assert [run.environment.threads for run in runs] == [1, 1]
    assert runs[0].test_accuracy == runs[1].test_accuracy > 0.9
    for name, weight in lab.store.model(whole.run_id).weights.items():
        np.testing.assert_array_equal(weight, lab.store.model(continued.run_id).weights[name])


def test_a_numpy_training_that_diverges_says_so(lab: Lab) -> None:
    job = lab.engine.submit(
        CONFIG.replace(optimizer="sgd", learning_rate=10.0, widths="64,64,64,64", schedule="constant")
    )
    wait_until(lambda: not job.status.is_active, "the end")
    run = lab.store.get(job.run_id)
    assert run.status is RunStatus.FAILED
    assert "the run diverged. Try a learning rate below 10" in str(run.error)

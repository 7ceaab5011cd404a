"""Jobs that are stopped, killed, queued, continued; two sessions at once."""

import json
import logging
import math
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from distributed import Status

from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.engine.cluster import FORKS
from core.engine.connection import connect
from core.engine.engine import Engine
from core.engine.job import WORKER_LOST
from core.engine.pace import Pace
from core.errors import RunError
from core.models.numpy_model import NumpyModel
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.settings import cores
from core.training.threads import FILE, ThreadBudget, kind_of_network, machine_name
from scripts.serve import workers_of
from tests.faults.conftest import SLOWLY, Lab, finish, open_lab, settings_for, wait_until, wait_while_slow

SMALL = TrainConfig(hidden_size=32, epochs=3, training_size=5_000)
LONG = TrainConfig(epochs=200, training_size=20_000)
SHORT_EPOCHS = LONG.replace(training_size=10_000)


def worker_processes() -> set[int]:
    return {worker.pid for worker in workers_of(psutil.Process())}


def weights_of(lab: Lab, run_id: str) -> dict[str, np.ndarray]:
    return dict(lab.store.model(run_id).weights)


def test_a_run_keeps_the_threads_that_a_measurement_has_found(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The measurement says two, then one: what a run began with counts when it is continued."""
    connection, config = lab.connections[-1], SMALL.replace(epochs=200)
    alone = ThreadBudget(2, tmp_path)
    monkeypatch.setattr(connection, "cluster", replace(connection.cluster, alone=alone))
    machine, kind = machine_name(), kind_of_network(config)
    (tmp_path / FILE).write_text(json.dumps({machine: {kind: {"1": 2.0, "2": 1.0}}}))
    job = lab.engine.submit(config)
    wait_until(lambda: job.snapshot().epochs, "its first epoch")
    job.stop()
    finish(job)
    assert lab.store.get(job.run_id).environment.threads == min(2, cores())
    (tmp_path / FILE).write_text(json.dumps({machine: {kind: {"1": 1.0, "2": 2.0}}}))
    again = lab.engine.resume(job.run_id)
    wait_until(lambda: again.status is RunStatus.RUNNING, "it goes on")
    again.stop()
    finish(again)
    assert lab.store.get(job.run_id).environment.threads == min(2, cores())


def test_run_goes_from_queued_to_completed_and_is_kept_whole(lab: Lab) -> None:
    job = lab.engine.submit(SMALL)
    finish(job)
    run = lab.store.get(job.run_id)
    assert job.snapshot().status is run.status is RunStatus.COMPLETED
    assert [metrics.epoch for metrics in run.epochs] == [1, 2, 3]
    assert [epoch for epoch, _ in lab.store.epoch_models(job.run_id)] == [1, 2, 3]
    assert run.environment.threads == 1
    assert run.environment.data_digest == load_splits(SMALL).train.digest
    test = load_splits(SMALL).test
    independent = NumpyModel("", SMALL, weights_of(lab, job.run_id), load_splits(SMALL).normalisation)
    assert run.test_accuracy == pytest.approx((independent.logits(test.images).argmax(1) == test.labels).mean())
    assert lab.store.predictions(job.run_id, test).accuracy == pytest.approx(run.test_accuracy)


def test_steps_and_slow_motion_change_no_number_and_a_stop_ends_them(lab: Lab) -> None:
    plain = lab.engine.submit(SMALL)
    stepped = lab.engine.submit(SMALL, pace=Pace(step="batch"))
    assert finish(plain, stepped) == [RunStatus.COMPLETED, RunStatus.STOPPED]
    assert lab.store.files.load_checkpoint(stepped.run_id).step == 1
    assert [look.step for look in stepped.snapshot().early] == [0, 1]
    finish(lab.engine.resume(stepped.run_id, pace=Pace(step="epoch")))
    assert lab.store.get(stepped.run_id).epochs_done == 1.0
    slow = lab.engine.resume(stepped.run_id, pace=Pace(slowly=True))
    wait_until(lambda: slow.snapshot().progress is not None, "the slow run to have done a batch")
    slow.stop()
    finish(slow)
    assert 1.0 < lab.store.get(stepped.run_id).epochs_done < 3.0
    finish(lab.engine.resume(stepped.run_id))
    for name, array in weights_of(lab, plain.run_id).items():
        np.testing.assert_array_equal(array, weights_of(lab, stepped.run_id)[name], err_msg=name)


def test_snapshot_never_changes(lab: Lab) -> None:
    job = lab.engine.submit(SMALL)
    before = job.snapshot()
    finish(job)
    assert before.status is RunStatus.QUEUED
    assert before.epochs == ()


def test_two_sessions_at_once_get_the_numbers_that_each_gets_alone(lab: Lab) -> None:
    configs = [SMALL.replace(seed=5), SMALL.replace(seed=6, hidden_size=16, dropout=0.2)]
    alone = []
    for config in configs:
        job = lab.engine.submit(config, session="alone")
        finish(job)
        alone.append(job.run_id)
    together = [lab.engine.submit(config, session=f"session {i}") for i, config in enumerate(configs)]
    finish(*together)
    for first, second in zip(alone, together, strict=True):
        assert lab.store.get(second.run_id).config == lab.store.get(first).config
        for name, weight in weights_of(lab, first).items():
            np.testing.assert_array_equal(weight, weights_of(lab, second.run_id)[name])


def test_stop_ends_soon_and_keeps_what_was_learned(lab: Lab) -> None:
    job = lab.engine.submit(LONG)
    wait_until(lambda: job.snapshot().position > 0.1, "some progress")
    job.stop()
    assert job.snapshot().status is RunStatus.STOPPING
    finish(job)
    run = lab.store.get(job.run_id)
    assert run.status is RunStatus.STOPPED
    assert 0 < run.epochs_done < 200
    assert lab.store.model(job.run_id).weights
    assert run.test_accuracy is not None


def test_job_stopped_in_the_queue_never_starts(lab: Lab) -> None:
    busy = lab.occupy_both_workers(LONG)
    waiting = lab.engine.submit(SMALL)
    assert waiting.snapshot().queue_place == 1
    waiting.stop()
    finish(waiting)
    assert lab.store.get(waiting.run_id).epochs == ()
    assert lab.store.get(waiting.run_id).started is None
    for job in busy:
        job.stop()
    finish(*busy)


def test_session_with_few_runs_overtakes_one_with_many(lab: Lab) -> None:
    busy = lab.occupy_both_workers(LONG, session="many")
    # None of them ends by itself: whatever has begun when the other session's run begins can be counted.
    many = [lab.engine.submit(LONG, session="many", pace=SLOWLY) for _ in range(3)]
    one = lab.engine.submit(LONG, session="one", pace=SLOWLY)
    assert one.snapshot().queue_place == 1
    assert [job.snapshot().queue_place for job in many] == [2, 3, 4]
    busy[0].stop()
    wait_until(lambda: one.status is RunStatus.RUNNING, "the other session's run to begin")
    assert [job.snapshot().queue_place for job in many] == [1, 2, 3]
    one.stop()
    wait_until(lambda: many[0].status is RunStatus.RUNNING, "the first of the many to begin")
    assert [job.snapshot().queue_place for job in many[1:]] == [1, 2]
    for job in (busy[1], *many):
        job.stop()
    finish(one, *busy, *many)


def test_run_never_waits_behind_another_while_a_worker_is_idle(lab: Lab) -> None:
    """Also where Dask thinks that the idle one has more to do, as after it was replaced and warms up."""
    lab.occupy_both_workers(LONG)[0].stop()
    jobs = lab.engine.active_jobs()
    idle = next(job for job in jobs if job.status is RunStatus.STOPPING)
    finish(idle)
    wait_until(lambda: lab.worker_of(idle) is None, "its worker to be idle")
    busy = {lab.worker_of(job) for job in jobs}
    address = next(a for a in lab.connections[-1].workers() if a not in busy)
    warming_up = lab.client.submit(time.sleep, 1.0, workers=[address], pure=False)
    second = lab.engine.submit(LONG, pace=SLOWLY)
    wait_until(lambda: second.status is RunStatus.RUNNING, "the idle worker to begin")
    # It is told of the two on ways of their own.
    wait_until(warming_up.done, "the client to hear that the worker had been ready")
    for job in (*jobs, second):
        job.stop()
    finish(*jobs, second)


def test_killed_worker_interrupts_its_run_alone_and_it_can_be_continued(lab: Lab) -> None:
    # Two batches an epoch: in slow motion, which is asked for as long as it is to last, half a second.
    config = TrainConfig(hidden_size=32, epochs=30, training_size=1_000, batch_size=512, dropout=0.1, seed=9)
    undisturbed = lab.engine.submit(config)
    finish(undisturbed)
    neighbour = lab.engine.submit(LONG, pace=SLOWLY)
    wait_until(lambda: neighbour.status is RunStatus.RUNNING, "a neighbour")
    job = lab.engine.submit(config, pace=SLOWLY)
    queued = [lab.engine.submit(config.replace(epochs=1, seed=seed)) for seed in range(3)]
    wait_while_slow(lab.engine, job.run_id, lambda: job.snapshot().position > 2.2, "two epochs")
    lab.worker_process(job).send_signal(signal.SIGKILL)
    wait_until(lambda: not job.status.is_active, "the loss to be seen")
    assert neighbour.status is RunStatus.RUNNING
    run = lab.store.get(job.run_id)
    assert (run.status, run.error) == (RunStatus.INTERRUPTED, WORKER_LOST)
    assert len(run.epochs) >= 2
    finish(*queued)
    assert {lab.store.get(other.run_id).status for other in queued} == {RunStatus.COMPLETED}
    neighbour.stop()
    finish(neighbour)
    assert lab.store.get(neighbour.run_id).status is RunStatus.STOPPED
    assert lab.store.get(job.run_id).status is RunStatus.INTERRUPTED, "no run starts over silently"
    finish(lab.engine.resume(job.run_id))
    assert lab.store.get(job.run_id).status is RunStatus.COMPLETED
    for name, weight in weights_of(lab, undisturbed.run_id).items():
        np.testing.assert_array_equal(weight, weights_of(lab, job.run_id)[name])


def test_worker_killed_while_it_is_stopping_leaves_a_stopped_run(lab: Lab) -> None:
    job = lab.engine.submit(SHORT_EPOCHS)
    wait_until(lambda: job.snapshot().position > 1.1, "an epoch")
    process = lab.worker_process(job)
    process.suspend()
    job.stop()
    process.kill()
    finish(job)
    assert lab.store.get(job.run_id).status is RunStatus.STOPPED
    assert lab.store.get(job.run_id).epochs_done >= 1


def test_diverging_run_fails_with_its_epoch_and_advice(lab: Lab) -> None:
    job = lab.engine.submit(SMALL.replace(learning_rate=10.0, optimizer="sgd", hidden_layers=4))
    finish(job)
    run = lab.store.get(job.run_id)
    assert run.status is RunStatus.FAILED
    assert "epoch 1" in str(run.error)
    assert "Try a learning rate below 10" in str(run.error)
    assert job.snapshot().error == run.error


def test_a_run_whose_teacher_is_gone_says_so_and_is_not_lost(lab: Lab) -> None:
    config = SMALL.replace(teacher="gone-owl-000001")
    run = lab.store.create(config)
    lab.store.record_status(run.run_id, RunStatus.STOPPED)
    for begin in (lambda: lab.engine.resume(run.run_id), lambda: lab.engine.submit(config)):
        with pytest.raises(RunError, match="to learn from: it may have been deleted"):
            begin()
    assert lab.store.summary(run.run_id).status is RunStatus.STOPPED


def test_completed_run_cannot_be_continued(lab: Lab) -> None:
    job = lab.engine.submit(SMALL)
    finish(job)
    with pytest.raises(RunError, match="only a stopped or interrupted run"):
        lab.engine.resume(job.run_id)


def test_analysis_does_not_wait_for_trainings(lab: Lab) -> None:
    busy = lab.occupy_both_workers(LONG)
    assert lab.engine.analyse(math.sqrt, 16.0).result(30) == 4.0
    with pytest.raises(ValueError, match="math domain"):
        lab.engine.analyse(math.sqrt, -1.0).result(30)
    assert all(job.status is RunStatus.RUNNING for job in busy)
    for job in busy:
        job.stop()
    finish(*busy)


@pytest.mark.skipif(not FORKS, reason="workers are spawned here")
def test_workers_share_one_pytorch(lab: Lab) -> None:
    workers = [psutil.Process(pid) for pid in lab.client.run(os.getpid).values()]
    assert len(workers) == 3
    (forked_from,) = {worker.ppid() for worker in workers}
    assert forked_from != os.getpid()
    assert psutil.Process(forked_from).num_threads() == 1, "none that a fork would lose"
    for worker in workers:
        assert any("libtorch" in mapped.path for mapped in worker.memory_maps()), "also the one that never trains"


def test_only_loopback_is_listened_to(lab: Lab) -> None:
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    addresses = {
        connection.laddr.ip
        for process in processes
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


def test_close_takes_little_and_leaves_a_run_that_can_be_continued(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, DIGITLAB_WORKERS="1")
    lab = open_lab(settings)
    job = lab.engine.submit(SHORT_EPOCHS)
    wait_until(lambda: job.snapshot().position > 1.1, "an epoch")
    embedded = lab.connections[0].cluster.embedded
    workers = {nanny.pid for nanny in embedded.workers.values()}
    assert workers <= worker_processes()
    lab.engine.close()
    # A cluster that is still closing is waited for once more, ten seconds long, when the process ends.
    wait_until(lambda: embedded.status is Status.closed, "the cluster to close")
    wait_until(lambda: not workers & worker_processes(), "workers to leave")
    run = RunStore(settings).get(job.run_id)
    assert run.status is RunStatus.INTERRUPTED
    assert run.epochs_done >= 1


def test_scheduler_that_does_not_answer_fails_the_run_with_a_sentence(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, DIGITLAB_SCHEDULER="tcp://127.0.0.1:9")
    store = RunStore(settings)
    engine = Engine(settings, store)
    job = engine.submit(SMALL)
    finish(job)
    assert "The scheduler at tcp://127.0.0.1:9 does not answer" in str(store.get(job.run_id).error)
    engine.close()


def test_workers_that_start_leave_handlers_of_others_alone(tmp_path: Path) -> None:
    """A host, or pytest, may have one handler for its own log and for Dask's."""
    handler, dask = logging.StreamHandler(), logging.getLogger("distributed")
    dask.addHandler(handler)
    try:
        connection = connect(settings_for(tmp_path))
        level = handler.level
        connection.close()
    finally:
        dask.removeHandler(handler)
    assert level == logging.NOTSET

"""An existing cluster by address, with certificates, as a team would run one: from the commands of docs/SCALING.md."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path

import pytest

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.engine.analyses import Analyses
from core.engine.cluster import open_cluster
from core.engine.delivery import Deliveries
from core.engine.engine import Engine
from core.engine.job import SCHEDULER_LOST, WORKER_LOST
from core.engine.neighbours import Neighbours
from core.errors import EngineError, RunError
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.search.plan import Budget, make_plan
from core.search.records import TrialState
from core.search.search import Search
from core.search.searches import Book
from core.settings import Settings
from scripts.make_certificates import make_certificates
from tests.faults import scaling
from tests.faults.conftest import finish, letters, open_lab, wait_until, wait_while_slow
from tests.faults.scaling import CERTIFICATES, CHECK, SEARCH, SERVER, DocumentedCluster, end

CONFIG = TrainConfig(hidden_size=16, epochs=2, training_size=1_000)
LONG = TrainConfig(epochs=200, training_size=20_000)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentedCluster]:
    running = DocumentedCluster(tmp_path_factory.mktemp("cluster"))
    running.run(CERTIFICATES)
    running.start_scheduler()
    yield running
    running.close()


@pytest.fixture(autouse=True)
def _no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine of these tests has a worker measure its speed."""
    monkeypatch.setattr(Analyses, "_measure", lambda *_: None)


@contextmanager
def engine_on(settings: Settings, store: RunStore | None = None) -> Iterator[Engine]:
    """A server’s engine."""
    lab = open_lab(settings, store)
    yield lab.engine
    lab.engine.close()


def epochs_of(store: RunStore, run_id: str) -> list[int]:
    return [metrics.epoch for metrics in store.get(run_id).epochs]


def test_runs_and_analyses_get_their_data_once(cluster: DocumentedCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.have(trainers=2, analysts=1)
    sent: list[str] = []
    send = Deliveries.send

    def counted(self: Deliveries, dataset: str, send_off: Callable[..., object]) -> None:
        sent.append(send_off.args[0].worker)
        send(self, dataset, send_off)

    monkeypatch.setattr(Deliveries, "send", counted)
    settings = cluster.settings("data")
    published = letters()
    with engine_on(settings) as engine:
        name = Catalogue(settings.home).add(published, "Letters", "Made up.").name
        jobs = [engine.submit(CONFIG.replace(dataset=name, seed=seed)) for seed in range(5)]
        assert finish(*jobs) == [RunStatus.COMPLETED] * 5
        assert engine.workers == 2
        assert len(sent) == len(set(sent)), "once to each worker"
        assert 1 <= len(sent) <= 2
        run = engine.store.get(jobs[0].run_id)
        assert (run.class_names, len(engine.store.epoch_models(run.run_id))) == (("a", "b", "c"), 2)
        assert run.test_accuracy is not None
        # An analysis has a worker of its own, where its data stays.
        assert engine.analyse(attrgetter("digest"), published).result(60) == published.digest
        assert engine.analyse(attrgetter("purpose"), published).result(60) == published.purpose
        pids = {engine.analyse(os.getpid).result(60) for _ in range(3)}
        assert pids == {cluster.analysts[0].pid}


def test_a_lost_worker_interrupts_a_run_and_costs_a_trial_one_retry_from_its_checkpoint(
    cluster: DocumentedCluster,
) -> None:
    """A worker of each is killed in the same moment; a click has the run go on, the trial does so by itself."""
    cluster.have(trainers=3)
    settings = cluster.settings("search")
    with engine_on(settings) as engine:
        run = engine.submit(LONG)
        wait_until(lambda: run.snapshot().epochs, "its first epoch")
        # Epochs enough that it still trains when a busy machine has seen two of them.
        plan = make_plan(LONG.replace(epochs=20, hidden_size=32), ("dropout=0:0.5",), Budget(trials=1))
        book = Book(engine.store)
        told, study = [], book.create(plan)
        searching = threading.Thread(target=lambda: told.extend(Search(study, engine).run()))
        searching.start()
        wait_while_slow(
            engine,
            run.run_id,
            lambda: any(job.is_trial and len(job.snapshot().epochs) >= 2 for job in engine.active_jobs()),
            "two epochs of the trial",
        )
        (job,) = [job for job in engine.active_jobs() if job.is_trial]
        for one in (job, run):
            wait_until(lambda one=one: engine.store.files.load_checkpoint(one.run_id) is not None, "a checkpoint")
        before = engine.store.get(job.run_id).epochs
        for one in (run, job):
            cluster.kill_trainer(one.run_id)
        wait_until(lambda: not run.status.is_active, "the run to be interrupted")
        interrupted = engine.store.get(run.run_id)
        assert (interrupted.status, interrupted.error) == (RunStatus.INTERRUPTED, WORKER_LOST)
        assert interrupted.epochs_done >= 1
        searching.join(150)
        assert [(trial.state, trial.run_id) for trial in told] == [(TrialState.COMPLETED, job.run_id)]
        after = engine.store.get(job.run_id).epochs
        assert [metrics.epoch for metrics in after] == list(range(1, 21))
        # Not trained again: the very same seconds.
        assert after[0].seconds == before[0].seconds
        (frozen,) = book.open(study.name).frozen()
        assert frozen.intermediate_values == {metrics.epoch: metrics.val_accuracy for metrics in after}
        again = engine.resume(run.run_id)
        wait_until(lambda: again.snapshot().position > interrupted.epochs_done + 1, "it to go on")
        again.stop()
        assert finish(again) == [RunStatus.STOPPED]
        kept = engine.store.get(run.run_id).epochs[: len(interrupted.epochs)]
        assert [one.seconds for one in kept] == [one.seconds for one in interrupted.epochs]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_servers_on_one_scheduler_and_one_store_take_turns(
    cluster: DocumentedCluster, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one’s only run does not wait for the queue of the first; nothing begins twice, whoever asks."""
    cluster.have(trainers=1)
    extra = {} if kind == "sqlite" else {"DIGITLAB_DATABASE_URL": postgresql(tmp_path)}
    settings = cluster.settings(kind, **extra)
    settings.make_home()
    stores = [RunStore(settings), RunStore(settings)]
    begun: list[str] = []
    heard: list[str] = []
    hear = Neighbours.hear
    monkeypatch.setattr(Neighbours, "hear", lambda self, waits: (hear(self, waits), heard.append(waits.server)))
    for store in stores:
        monkeypatch.setattr(store, "record_start", counting(begun, store.record_start))
    with engine_on(settings, stores[0]) as first, engine_on(settings, stores[1]) as second:
        assert stores[0].lease().server_id != stores[1].lease().server_id
        long = first.submit(LONG, session="many")
        wait_until(lambda: long.snapshot().epochs, "its first epoch")
        many = [first.submit(CONFIG, session="many") for _ in range(4)]
        one = second.submit(CONFIG, session="one")
        second_server = f"digitlab-{stores[1].lease().server_id}"
        wait_while_slow(
            first,
            long.run_id,
            lambda: heard.count(second_server) >= 2,
            "both to have heard that the second server waits",
        )
        long.stop()
        assert finish(one, *many) == [RunStatus.COMPLETED] * 5
        assert begun.index(one.run_id) <= 2, "one of the first server’s runs may have been on its way"
        # Both are asked at the same moment to go on with a run; and neither takes the other for dead.
        assert resumed_by_both(first, second, long.run_id) == ["refused", "resumed"]
        assert [store.mark_interrupted() for store in stores] == [[], []]
        going = first.job(long.run_id) if first.job(long.run_id).status.is_active else second.job(long.run_id)
        wait_until(lambda: going.status is RunStatus.RUNNING, "it to go on")
        going.stop()
        assert finish(going) == [RunStatus.STOPPED]
        assert sorted(begun) == sorted([long.run_id, long.run_id, one.run_id, *(job.run_id for job in many)])
        for job in (long, one, *many):
            assert epochs_of(stores[0], job.run_id) == list(range(1, len(epochs_of(stores[1], job.run_id)) + 1))


def test_the_commands_that_search_and_serve(cluster: DocumentedCluster) -> None:
    cluster.have(trainers=1)
    *trials, last = map(json.loads, cluster.run(SEARCH).splitlines())
    assert [trial["trial"] for trial in sorted(trials, key=lambda one: one["trial"])] == [0, 1, 2, 3]
    assert {trial["state"] for trial in trials} <= {"completed", "pruned"}
    assert last["trials"] == 4
    server = cluster.wait_for_another_client(lambda: cluster.start(SERVER), "the dashboard to speak to the scheduler")
    wait_until(cluster.serves, "the dashboard to answer")
    end(server)


@pytest.mark.parametrize(
    ("certificates", "address", "sentence"),
    [
        ("others/server", "tls", "are from different authorities: DIGITLAB_TLS must name"),
        ("tls/old", "tls", "cert.pem expired on 20"),
        ("tls", "tls", "There is no ca.pem in"),
        (None, "tls", "requires certificates: DIGITLAB_TLS must name"),
        (None, "tcp", "closes the connection: if it takes certificates"),
        ("tls/server", "tcp", "write tls:// in DIGITLAB_SCHEDULER"),
    ],
)
def test_certificates_that_do_not_fit_get_a_sentence(
    cluster: DocumentedCluster, certificates: str | None, address: str, sentence: str
) -> None:
    make_certificates(cluster.folder / "others", ["server"])
    make_certificates(cluster.certificates, ["old"], days=-1)
    settings = cluster.settings("certificates").model_copy(
        update={
            "scheduler": cluster.address.replace("tls", address),
            "tls_directory": None if certificates is None else cluster.folder / certificates,
        }
    )
    with pytest.raises(EngineError) as caught:
        open_cluster(settings)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_machine_is_told_whether_it_would_be_let_in(cluster: DocumentedCluster) -> None:
    """As nobody is by Dask: a worker that is refused goes on trying."""
    assert cluster.run(CHECK) == f"The scheduler at {cluster.address} answers.\n"
    make_certificates(cluster.certificates, ["old"], days=-1)
    refused = cluster.start(CHECK, ("/worker", "/old"))
    said, errors = refused.communicate(timeout=60)
    assert (refused.returncode, said) == (2, "")
    assert "old/cert.pem expired on 20" in errors
    assert errors.count("\n") == 1


def test_a_scheduler_that_goes_away_interrupts_its_run_and_is_found_again(
    cluster: DocumentedCluster, caplog: pytest.LogCaptureFixture
) -> None:
    """What waits goes on waiting, first for the scheduler, then for a worker that is of use."""
    cluster.have(trainers=1)
    with engine_on(cluster.settings("away")) as engine:
        job = engine.submit(LONG)
        wait_until(lambda: job.snapshot().position > 1.1, "an epoch")
        waiting = engine.submit(CONFIG)
        cluster.kill()
        wait_until(lambda: not job.status.is_active, "the loss to be seen")
        run = engine.store.get(job.run_id)
        assert run.status is RunStatus.INTERRUPTED
        assert run.error in (WORKER_LOST, SCHEDULER_LOST)
        assert run.epochs_done >= 1
        wait_until(lambda: "does not answer" in " ".join(engine.troubles), "it to be said")
        assert waiting.status is RunStatus.QUEUED
        with pytest.raises(EngineError, match="does not answer"):
            engine.analyse(os.getpid).result(60)
        cluster.start_scheduler()
        stranger = cluster.start_stranger()
        wait_until(lambda: "does not have Digit Lab" in " ".join(engine.troubles), "a worker of no use")
        (trouble,) = engine.troubles
        assert trouble.startswith("Worker stranger (tls://127.0.0.1:")
        assert "does not have Digit Lab on its path: start it with PYTHONPATH" in trouble
        wait_until(lambda: trouble in caplog.text, "the log to say so")
        assert waiting.snapshot().workers == 0
        with pytest.raises(EngineError, match=r"No worker of the cluster can compute this .* Worker stranger"):
            engine.analyse(os.getpid).result(60)
        cluster.have(trainers=1)
        assert finish(waiting) == [RunStatus.COMPLETED]
        again = engine.resume(job.run_id)
        wait_until(lambda: again.snapshot().position > run.epochs_done + 1, "it to go on")
        again.stop()
        finish(again)
        assert epochs_of(engine.store, job.run_id)[: len(run.epochs)] == [one.epoch for one in run.epochs]
    assert stranger.poll() is None
    assert cluster.tasks_of("stranger") == 0 < cluster.tasks_of("training")


def test_every_command_of_the_document_has_been_run(cluster: DocumentedCluster) -> None:
    """By the tests above; a block that is added to the document needs one."""
    assert len(scaling.blocks()) == scaling.BLOCKS
    assert cluster.ran == set(range(scaling.BLOCKS))


def counting(begun: list[str], record: Callable[..., None]) -> Callable[..., None]:
    def counted(run_id: str, environment: object) -> None:
        record(run_id, environment)
        begun.append(run_id)

    return counted


def resumed_by_both(first: Engine, second: Engine, run_id: str) -> list[str]:
    said: list[str] = []
    both = threading.Barrier(2)

    def resume(engine: Engine) -> None:
        both.wait(30)
        try:
            engine.resume(run_id)
            said.append("resumed")
        except RunError:
            said.append("refused")

    threads = [threading.Thread(target=resume, args=(engine,)) for engine in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(said)


def postgresql(folder: Path) -> str:
    pgserver = pytest.importorskip(
        "pgserver", reason="pgserver, which brings PostgreSQL, is not there for this platform"
    )
    try:
        server = pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
    except Exception as error:  # noqa: BLE001
        pytest.skip(f"PostgreSQL could not be started: {error}")
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)

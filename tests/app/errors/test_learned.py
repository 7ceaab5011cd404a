"""When each test digit was learned: counts, gallery and URL, and why there may be no order."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import pytest

from core.analysis.learning_order import Pattern
from core.data.mnist import load_mnist
from core.errors import EngineError
from core.runs.records import Run
from core.runs.status import RunOrigin
from core.runs.store import RunStore
from tests.app.errors.test_errors import click, words
from ui.shell import series


@pytest.fixture
def copy_of(store: RunStore, trained_run: Run) -> Iterator[Callable[..., Run]]:
    """``copy_of(epochs=())``: the small run once more, without the files of its epochs or with them."""
    made: list[str] = []

    def copy(*, epoch_files: bool = False, **changes: object) -> Run:
        run = replace(trained_run, run_id=f"plain-heron-00dd{len(made):02}", **changes)
        store.insert(run)
        if epoch_files:
            for _, path in store.files.epoch_paths(trained_run.run_id):
                (store.files.folder(run.run_id)).mkdir(exist_ok=True, parents=True)
                (store.files.folder(run.run_id) / path.name).write_bytes(path.read_bytes())
        test = load_mnist("test")
        probabilities = np.full((10_000, 10), 0.1, np.float32)
        store.files.save_predictions(run.run_id, probabilities, test.digest)
        made.append(run.run_id)
        return run

    yield copy
    for run_id in made:
        store.delete(run_id)


class Worker:
    """Answers one part each time that the test allows it."""

    def __init__(self) -> None:
        self.asked: list[tuple[Future, object, tuple]] = []

    def analyse(self, function: object, *arguments: object) -> Future:
        self.asked.append((Future(), function, arguments))
        return self.asked[-1][0]

    def answer(self) -> None:
        future, function, arguments = self.asked[-1]
        future.set_result(function(*arguments))


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    found = Worker()
    monkeypatch.setattr(series, "engine", lambda: found)
    return found


@pytest.mark.slow
def test_a_worker_finds_out_and_a_gallery_shows_each_pattern(
    open_page, store: RunStore, trained_run: Run, worker: Worker
) -> None:
    page = open_page("errors", run=trained_run.run_id)
    assert "as read after each epoch whose weights are kept: 1, 2." in words(page)
    click(page, "Find out")
    worker.answer()
    assert "50% done" in page.run().get("progress")[0].text
    click(page, "Stop")
    assert not page.get("progress")
    by_link = open_page("errors", run=trained_run.run_id, learned="forgotten", learned_page="2")
    for _ in range(2):
        worker.answer()
    assert len(worker.asked) == 4, "two parts, of which a stop let the second go, and both again"
    by_link.run()
    test = load_mnist("test")
    first, last = (
        model.probabilities(test.images).argmax(1) == test.labels for _, model in store.epoch_models(trained_run.run_id)
    )
    counts = [(~first & ~last).sum(), (first & ~last).sum(), 0, (~first & last).sum(), (first & last).sum()]
    titles = ["Never learned", "Forgotten", "Back and forth", "Learned late", "Learned early"]
    said = " · ".join(f"{title} {count:,}" for title, count in zip(titles, counts, strict=True))
    assert said in words(by_link)
    assert f"**{counts[1]:,} of 10,000 test digits" in words(by_link)
    assert by_link.session_state["learned_page"] == 2
    assert f"**{counts[0]:,} of 10,000 test digits" in words(page.run())
    bad = open_page("errors", run=trained_run.run_id, learned="quickly")
    assert "There is no learning order “quickly”; there are never, forgotten" in bad.warning[0].value
    assert len(Pattern) == len(titles)


@pytest.mark.slow
def test_a_worker_that_fails_gets_a_sentence_and_another_try(open_page, worker: Worker, copy_of) -> None:
    run = copy_of(epoch_files=True)
    page = open_page("errors", run=run.run_id)
    click(page, "Find out")
    worker.asked[-1][0].set_exception(EngineError("No worker is there."))
    page.run()
    assert page.error[0].value == "It could not be computed: No worker is there."
    assert "Find out" in [button.label for button in page.button]


def test_without_two_kept_epochs_it_says_why(open_page, copy_of, trained_run: Run) -> None:
    cases = {
        "none are left, the others were removed to make room": copy_of(),
        "An order needs two epochs: this run has one": copy_of(epochs=trained_run.epochs[:1]),
        "imported without the weights of its epochs": copy_of(epochs=(), origin=RunOrigin.IMPORTED),
    }
    for sentence, run in cases.items():
        said = words(open_page("errors", run=run.run_id, learned="late"))
        assert re.search(sentence, said), said
        assert "Find out" not in said

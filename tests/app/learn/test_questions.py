"""Learn, Questions: every page opens, every demo works."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.config import TrainConfig
from core.learn.lessons.curves import descent, height
from core.learn.lessons.images import shifted
from core.learn.questions.catalogue import QUESTIONS
from core.learn.questions.question import Question
from core.learn.snippets import snippets_of
from core.learn.source import source_of
from core.runs.records import DEMO_RUN_ID
from core.runs.status import RunStatus
from core.training.fit import mean_loss
from tests.app.conftest import rerun_until
from tests.core.builders import make_run
from ui.learn import questions as questions_page
from ui.learn.demos.catalogue import DEMOS
from ui.learn.sources import SOURCES
from ui.shell.resources import model, run_store, splits, splits_of


def texts(page) -> str:
    shown = (*page.markdown, *page.caption, *page.header, *page.subheader, *page.success, *page.warning, *page.code)
    return "\n".join(str(element.value) for element in shown)


def metrics(page) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def test_every_demo_is_used() -> None:
    assert {question.demo for question in QUESTIONS} == set(DEMOS)


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: f"q{question.number}")
def test_every_question_opens_with_its_answer_code_and_demo(open_page, question) -> None:
    page = open_page("learn", part="questions", question=str(question.number))
    shown = texts(page)
    assert f"{question.number}. {question.text}" in shown
    assert question.answer in shown
    # First the snippets, from the script; folded, the product's own code.
    first = [code.value for code in page.code][: len(snippets_of(question.number))]
    assert first == [snippet.code for snippet in snippets_of(question.number)]
    folded = [code.value for code in page.expander[0].code]
    assert folded == [source_of(reference).strip() for reference in SOURCES[question.number]]
    assert not page.error


def test_next_back_and_a_question_that_does_not_exist(open_page) -> None:
    page = open_page("learn", question="99")
    assert any("99" in warning.value for warning in page.warning)
    assert page.button(key="question_back").disabled
    page.button(key="question_next").click().run()
    assert page.selectbox(key="question").value == 2


def test_normalisation_shows_the_numbers_of_the_scaling(open_page) -> None:
    page = open_page("learn", question="4")
    assert float(metrics(page)["Deviation"]) == pytest.approx(1, abs=0.05)
    page.segmented_control(key="demo_scaling").set_value("minus_one_one").run()
    assert (metrics(page)["Least"], metrics(page)["Greatest"]) == ("-1.000", "1.000")


def test_a_split_follows_size_and_kind(open_page) -> None:
    page = open_page("learn", question="5")
    page.select_slider(key="demo_validation").set_value(10_000).run()
    page.selectbox(key="demo_split").set_value("in_order").run()
    assert not page.exception
    assert (
        "Training: **50,000** · Validation: **10,000** · Test: **10,000**. First validation images: 50,000, 50,001"
        in texts(page)
    )


def test_a_digit_is_predicted(open_page) -> None:
    page = open_page("learn", question="15")
    page.number_input(key="demo_digit").set_value(3).run()
    assert not page.exception
    assert model(DEMO_RUN_ID).probabilities(splits().test.images[3:4]).argmax() == 0


def test_the_interval_shrinks_with_more_images(open_page) -> None:
    page = open_page("learn", question="16")
    page.select_slider(key="demo_count").set_value(5_000).run()
    right = (model(DEMO_RUN_ID).probabilities(splits().validation.images).argmax(1) == splits().validation.labels).sum()
    assert f"**{right:,} of 5,000**" in texts(page)


def test_a_pickle_is_refused(open_page) -> None:
    page = open_page("learn", question="20")
    assert "every number is the same" in texts(page)
    page.radio(key="demo_offer").set_value("What torch.save writes").run()
    assert "This is a pickle" in texts(page)


@pytest.mark.slow
def test_moved_digits_are_lost_and_framed_ones_are_not(open_page) -> None:
    page = open_page("learn", question="28")
    page.slider(key="demo_right").set_value(4).run()
    page.slider(key="demo_down").set_value(4).run()
    shares = {name: float(value.rstrip("%")) for name, value in metrics(page).items()}
    assert shares["Moved"] < 40 < 90 < shares["Moved, then centred by mass"]


@pytest.fixture
def tiny_trials(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Question]:
    """A question whose networks are trained in no time."""

    def of(number: int) -> Question:
        question = QUESTIONS[number - 1]
        trials = tuple(
            replace(
                trial,
                config=TrainConfig(
                    hidden_size=4,
                    training_size=200,
                    validation_size=200,
                    epochs=1,
                    seed=100 * number + place,
                    dropout=trial.config.dropout,
                    shift=trial.config.shift,
                ),
            )
            for place, trial in enumerate(question.trials)
        )
        tiny = replace(question, trials=trials)
        monkeypatch.setattr(
            questions_page, "QUESTIONS", tuple(tiny if one.number == number else one for one in QUESTIONS)
        )
        return tiny

    return of


def networks_of(page, question: Question) -> dict[str, str]:
    """Train what a question offers; the runs by the trials’ labels."""
    page.button(key="demo_train").click().run()
    rerun_until(page, lambda: texts(page).count("validation accuracy **") == len(question.trials))
    page.run()
    assert not page.exception
    assert page.button(key="demo_train").disabled
    runs = {run.config: run.run_id for run in run_store().runs()}
    return {trial.label: runs[trial.config] for trial in question.trials}


def rows_of(page) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in page.table[0].value.to_numpy().tolist()}


@pytest.mark.slow
def test_losses_are_measured_again_with_the_finished_networks(open_page, tiny_trials) -> None:
    question = tiny_trials(22)
    page = open_page("learn", question="22")
    networks = networks_of(page, question)
    shown = rows_of(page)
    assert list(shown) == list(networks)
    for label, run_id in networks.items():
        run, train = run_store().get(run_id), splits_of(run_store().get(run_id).config).train
        logits, labels = torch.from_numpy(model(run_id).logits(train.images)), torch.tensor(train.labels)
        training_loss, val_loss = map(float, shown[label][:2])
        assert training_loss == pytest.approx(float(functional.cross_entropy(logits, labels)), abs=1e-4)
        assert val_loss == pytest.approx(run.epochs[-1].val_loss, abs=1e-4)
        assert shown[label][2] == f"{float((logits.argmax(1) == labels).float().mean()):.2%}"
        assert shown[label][3] == f"{run.val_accuracy:.2%}"


@pytest.mark.slow
def test_networks_with_and_without_augmentation_read_the_same_moved_digits(open_page, tiny_trials) -> None:
    question = tiny_trials(28)
    page = open_page("learn", question="28")
    networks = networks_of(page, question)
    digits = splits().validation.subset(np.arange(1_000))
    page.slider(key="demo_right").set_value(-4).run()
    for label, run_id in networks.items():
        moved = shifted(digits.images, -4, 3)
        shares = [(model(run_id).logits(images).argmax(1) == digits.labels).mean() for images in (digits.images, moved)]
        assert rows_of(page)[label] == [f"{share:.2%}" for share in shares]


def test_bad_widths_get_one_sentence(open_page) -> None:
    page = open_page("learn", question="7")
    page.text_input(key="demo_widths").set_value("wide").run()
    assert not page.exception
    assert len(page.error) == 1


@pytest.mark.parametrize(("kind", "slope"), [("relu", 1.0), ("tanh", 1.0), ("sigmoid", 0.25)])
def test_an_activation_shows_what_four_layers_leave_of_a_gradient(open_page, kind: str, slope: float) -> None:
    page = open_page("learn", question="9")
    page.segmented_control(key="demo_activation").set_value(kind).run()
    assert float(metrics(page)["Largest slope"]) == slope
    assert float(metrics(page)["Over 4 layers"]) == pytest.approx(slope**4, rel=0.01)


def test_every_optimiser_opens_with_the_rate_that_suits_it(open_page) -> None:
    page = open_page("learn", question="11")
    names = ("SGD", "SGD with momentum", "Adam")
    left = {name: float(metrics(page)[f"{name}: height left"]) for name in names}
    # All three come down 99 % of the way; with one rate for all, Adam was left at 5.29 of 18.
    assert max(left.values()) < 0.18, left
    for kind, name in zip(("sgd", "momentum", "adam"), names, strict=True):
        slider = page.select_slider(key=f"demo_rate_{kind}")
        heights = [height(descent(kind, float(rate), 30)[-1]) for rate in slider.options]
        assert min(heights) == pytest.approx(left[name], rel=0.01)


@pytest.mark.slow
def test_a_loss_is_described_as_it_is_computed(open_page, store) -> None:
    scores, labels = np.array([[2.0, 0.0, 1.0], [0.0, 0.0, 0.0]], np.float32), np.array([0, 2])
    # 1 + 0 + 1 for the first image, 1 for the second: half of each sum, and the mean of both.
    assert mean_loss("squared_error", scores, labels) == (2 / 2 + 1 / 2) / 2
    page = open_page("train", loss="squared_error")
    assert "half the summed squared error" in page.selectbox(key="loss").help
    store.insert(make_run("squared-1", config=TrainConfig(loss="squared_error", epochs=2)))
    (metric,) = (metric for metric in open_page("train", run="squared-1").metric if metric.label == "Validation loss")
    assert metric.help.startswith("Half the summed squared error")
    question = texts(open_page("learn", question="10"))
    assert "the logits themselves" in question
    assert "half the sum over the classes" in question


def test_an_augmentation_comes_from_a_worker(open_page) -> None:
    page = open_page("learn", question="24")
    rerun_until(page, lambda: "images a second" in texts(page))


def test_an_import_is_timed(open_page) -> None:
    page = open_page("learn", question="2")
    page.selectbox(key="demo_module").set_value("safetensors").run()
    page.button(key="demo_import").click().run()
    rerun_until(page, lambda: "import safetensors" in metrics(page))


@pytest.mark.slow
def test_fine_tuning_shows_what_is_learned_and_what_is_forgotten(open_page) -> None:
    question = QUESTIONS[24]
    page = open_page("learn", question="25")
    page.button(key="demo_train").click().run()
    rerun_until(page, lambda: texts(page).count("validation accuracy **") == len(question.trials))
    page.run()
    runs = [run for run in run_store().runs() if run.config in {trial.config for trial in question.trials}]
    assert [run.status for run in runs] == [RunStatus.COMPLETED] * len(question.trials)
    assert page.button(key="demo_train").disabled
    shown = {row[0]: [float(share.rstrip("%")) for share in row[1:]] for row in page.table[0].value.to_numpy().tolist()}
    before, full, tenth, longer = (
        shown[name] for name in ("The demo run, before", "The full rate", "A tenth of the rate", "A tenth, five epochs")
    )
    assert before == pytest.approx([85.7, 97.8], abs=0.05)
    # New digits: the full rate learns sooner, the tenth with patience as much. Old digits: the full rate forgets.
    assert before[0] < tenth[0] < full[0]
    assert longer[0] > full[0] - 2
    assert before[1] > tenth[1] > longer[1] > full[1] + 1
    assert shown["From scratch"][0] < longer[0]


def test_the_rate_of_the_text_is_that_of_the_demo_and_of_the_link() -> None:
    question = QUESTIONS[24]
    assert "a tenth of the rate" in question.answer
    rates = {trial.label: trial.config.learning_rate for trial in question.trials}
    assert rates["A tenth of the rate"] == rates["A tenth, five epochs"] == pytest.approx(rates["The full rate"] / 10)
    assert dict(parse_qsl(question.link.partition("?")[2]))["learning_rate"] == f"{rates['A tenth of the rate']:g}"

"""A run as one HTML file: its settings, interactive curves and results, without a network.

Whatever somebody typed is escaped by the template; figures are JSON that holds no mark of HTML.
"""

import html
from functools import cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import plotly.io
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from core.analysis.intervals import accuracy_interval
from core.analysis.percent import percent
from core.analysis.predictions import Predictions
from core.analysis.training_value import training_conditions
from core.config import TrainConfig, setting_title
from core.exports.promises import earlier_places
from core.exports.subject import Subject
from core.figures.addresses import png_address
from core.figures.class_quality import class_quality_points
from core.figures.confusion import confusion_heatmap
from core.figures.curve_points import curve_points
from core.figures.curves import accuracy_curves, loss_curves
from core.figures.weights import weight_montage
from core.models.shapes import architecture_name, parameter_count
from core.runs.reflection import Reflection

Number = tuple[str, str, str]
"""A title, a value and what it is of."""
Section = tuple[str, str, list[tuple[str, Markup]]]
"""A heading, a sentence, and figures with what they show."""


def report_bytes(subject: Subject) -> bytes:
    """The file, in UTF-8, about 5 MB: plotly is in it once."""
    predictions = subject.predictions()
    page: str = _template().render(
        run=subject.run,
        reflection=Reflection.of(subject.run.reflection).answers,
        summary=_summary(subject),
        numbers=_numbers(subject, predictions),
        sections=[*_curves(subject), *_results(subject, predictions)],
        weights=png_address(weight_montage(subject.model.first_layer_images())),
        settings=_settings(subject.config),
        environment=_environment(subject),
        plotly=_plotly(),
    )
    return page.encode("utf-8", "replace")


@cache
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True
    )
    return environment.get_template("report.html.jinja")


def _plotly() -> Markup:
    from plotly.offline import get_plotlyjs

    return Markup(get_plotlyjs())


def _summary(subject: Subject) -> str:
    run, classes = subject.run, len(subject.model.class_names)
    entry = subject.entry
    dataset = entry.title if entry else f"{subject.config.dataset}, which is not here"
    when = f"{run.created.day} {run.created:%B %Y}" if run.created.timestamp() else "at an unknown time"
    return f"{run.run_id} · {architecture_name(subject.config, classes)} · {dataset} · {run.status} · {when}"


def _numbers(subject: Subject, predictions: Predictions | None) -> list[Number]:
    run = subject.run
    numbers = [
        (
            "Parameters",
            f"{parameter_count(subject.config, len(subject.model.class_names)):,}",
            "numbers that it learned",
        ),
        ("Epochs", f"{run.epochs_done:.3g}", f"of {subject.config.epochs}, {run.seconds:,.0f} seconds"),
    ]
    if run.val_accuracy is not None:
        about = f"on {run.environment.validation_images:,} images that it never trained on"
        numbers.insert(0, ("Validation accuracy", percent(run.val_accuracy), about))
    if predictions is not None:
        total = len(predictions.labels)
        interval = accuracy_interval(predictions.accuracy, total)
        about = f"of {total:,} test images; 95% interval {percent(interval.low)} to {percent(interval.high)}"
        numbers.insert(1, ("Test accuracy", percent(predictions.accuracy), about))
    return numbers


def _curves(subject: Subject) -> list[Section]:
    run, config = subject.run, subject.config
    if not run.epochs:
        return []
    points, conditions = curve_points(run.epochs, early=run.early), training_conditions(config)
    unit = "nats per image" if config.loss == "cross_entropy" else ""
    figures = [
        ("Loss by epoch", _figure(loss_curves(points, unit=unit, conditions=conditions))),
        ("Accuracy by epoch", _figure(accuracy_curves(points, conditions=conditions))),
    ]
    return [("How it learned", "It never trained on the validation images.", figures)]


def _results(subject: Subject, predictions: Predictions | None) -> list[Section]:
    # Plotly reads a few marks of HTML in names; escaped, they show as they were typed.
    names, sections = [html.escape(name, quote=False) for name in subject.model.class_names], []
    epoch = subject.run.kept_epoch
    if epoch is not None and epoch.confusion.shape == (len(names), len(names)):
        matrix = _figure(confusion_heatmap(epoch.confusion, names))
        figures = [("Confusion matrix of the validation images", matrix)]
        sections.append(("Validation", "Rows are true labels, columns predictions.", figures))
    if predictions is None:
        sections.append(("Test", "Its test images are not here.", []))
        return sections
    quality = class_quality_points(predictions.class_metrics, names)
    matrix = _figure(confusion_heatmap(predictions.confusion_matrix, names))
    figures = [("Confusion matrix of the test images", matrix), ("Precision, recall and F1 by class", _figure(quality))]
    sections.append(("Test", "Rows are true labels, columns predictions; nothing was chosen by these images.", figures))
    return sections


def _settings(config: TrainConfig) -> list[tuple[str, str, str]]:
    defaults = TrainConfig()
    return [
        (setting_title(name), _words(getattr(config, name)), _words(getattr(defaults, name)))
        for name in TrainConfig.model_fields
    ]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value).replace("_", " ") or "–"


def _environment(subject: Subject) -> str:
    known = subject.run.environment
    if not known.versions:
        return "It is not known where this run was trained."
    threads = "1 thread" if known.threads == 1 else f"{known.threads} threads"
    versions = ", ".join(f"{name} {version}" for name, version in known.versions.items())
    places = " and on ".join(earlier_places(known))
    before = f"; before it continued, on {places}" if places else ""
    return f"{versions} · {known.device}, {threads}{before}"


def _figure(figure: go.Figure) -> Markup:
    """JSON for a script element: no ``<`` can end it, and no ``&`` can begin an entity."""
    text: str = plotly.io.to_json(figure, validate=False)
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(text)

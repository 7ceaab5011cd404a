"""A run as a program of its own: a script, or a notebook of the same cells.

The program says again what ``core`` says in many modules, on purpose: it needs nothing of them. The tests hold it
against them, to the last bit.
"""

import math
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.config import TrainConfig
from core.corrections import read_corrections
from core.data.bundled import KAGGLE_IMAGES
from core.data.splits import MOST_HELD_OUT, MOST_HELD_OUT_IN_ORDER
from core.exports.data_file import FROM_IDX, data_files, files_in_words
from core.exports.notebook import code_cell, markdown_cell, notebook_of
from core.exports.promises import first_line
from core.exports.subject import Subject
from core.models.functional import chosen_initialisation
from core.models.shapes import Shapes, layer_widths, parameter_shapes, weight_shapes
from core.runs.records import Run
from core.runs.reflection import Reflection

_CELL = "\n# %% "
_DRAWS = {
    "he": ("evenly, as He et al. 2015", 'torch.nn.init.kaiming_uniform_(weight, nonlinearity="relu", {g})'),
    "xavier": ("evenly, as Glorot and Bengio 2010", "torch.nn.init.xavier_uniform_(weight, {g})"),
    "uniform": ("evenly within ± {r}", "torch.nn.init.uniform_(weight, -{r}, {r}, {g})"),
    "zeros": ("all 0", "torch.nn.init.zeros_(weight)"),
}
_OPTIMIZERS = {"sgd": "SGD", "momentum": "SGD", "adam": "Adam", "adamw": "AdamW"}


def script_bytes(subject: Subject) -> bytes:
    """The script, in UTF-8: it needs PyTorch, the run’s safetensors file and the images of its dataset."""
    return _program(subject, is_notebook=False).encode()


def notebook_bytes(subject: Subject) -> bytes:
    """The same as a Jupyter notebook, a cell for each part of the script."""
    head, *parts = _program(subject, is_notebook=True).split(_CELL)
    cells = [markdown_cell(_heading(subject)), code_cell("head", head.strip())]
    for number, part in enumerate(parts):
        title, _, code = part.partition("\n")
        cells += [markdown_cell(f"## {title.strip()}", f"title-{number}"), code_cell(f"part-{number}", code.strip())]
    return notebook_of(cells)


def _program(subject: Subject, *, is_notebook: bool) -> str:
    program: str = _template().render(
        _about(subject) | _choices(subject) | _training(subject) | {"notebook": is_notebook}
    )
    return program


@cache
def _template() -> Any:
    # The template makes a program, not HTML: what a person typed goes through ``py``.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        block_start_string="#:",
        block_end_string=":#",
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["py"] = literal
    return environment.get_template("standalone.py.jinja")


def literal(value: Any) -> str:
    """Python that stands for a value, whatever characters are in it: ``repr`` with double quotes where they do."""
    if isinstance(value, tuple | list):
        return f"({', '.join(map(literal, value))}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(name)}: {literal(part)}" for name, part in value.items()) + "}"
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    plain = repr(value)
    is_simple = isinstance(value, str) and plain[0] == "'" and '"' not in plain and "\\" not in plain
    return f'"{plain[1:-1]}"' if is_simple else plain


def _about(subject: Subject) -> dict[str, Any]:
    """What a person reads: everything that somebody typed becomes a literal."""
    run, model = subject.run, subject.model
    files = data_files(subject.config.dataset, run.run_id)
    start = [subject.start_file_name] if subject.start() is not None else []
    return {
        "first_line": first_line(subject),
        "run_id": run.run_id,
        "file": f"{run.run_id}.py",
        "model_file": subject.file_name,
        "beside": [subject.file_name, *start],
        "images": files_in_words(files),
        "name": run.name,
        "notes": subject.run.notes,
        "reflection": Reflection.of(run.reflection).answers,
        "tags": subject.run.tags,
        "class_names": model.class_names,
        "mean": model.normalisation.mean,
        "std": model.normalisation.std,
        "test_accuracy": run.test_accuracy,
    }


def _choices(subject: Subject) -> dict[str, Any]:
    """Which of its parts the program needs."""
    config, hidden = subject.config, len(subject.config.hidden_widths)
    return {
        "idx": config.dataset in FROM_IDX,
        "first_images": KAGGLE_IMAGES if config.dataset != "mnist" else None,
        "data_file": data_files(config.dataset, subject.run.run_id)[0],
        "split": config.split,
        "most_held_out": MOST_HELD_OUT_IN_ORDER if config.split == "in_order" else MOST_HELD_OUT,
        "imbalance": config.imbalance,
        "corrections": {each.index: each.label for each in read_corrections(config.corrections)},
        "cnn": config.architecture == "cnn",
        "norm": config.batch_norm and hidden,
        "autograd": config.architecture == "cnn" or config.batch_norm,
        "hidden": hidden,
        "activation": config.activation,
        "bias": config.bias,
        "bias_of_index": ', weights[f"layers.{index}.bias"]' if config.bias else "",
        "bias_of_last": f', weights["layers.{hidden}.bias"]' if config.bias else "",
        "dropout": config.dropout,
        "squared_error": config.loss == "squared_error",
    }


def _training(subject: Subject) -> dict[str, Any]:
    """How the program trains."""
    config, classes = subject.config, len(subject.model.class_names)
    kind = chosen_initialisation(config.initialisation, config.activation)
    words, draw = (text.format(g="generator=generator", r=config.initial_range) for text in _DRAWS[kind])
    last_epoch, last_step = _end(subject.run, config)
    parameters = parameter_shapes(config, classes)
    return {
        "settings": _settings(config),
        "widths": layer_widths(config, classes),
        "shapes": list(parameters.items()),
        "statistics": _without(weight_shapes(config, classes), parameters),
        "initialisation": words,
        "draw": draw,
        "optimizer": _optimizer(config),
        "schedule": config.schedule,
        "warm_up": config.warm_up,
        "clipping": config.gradient_clipping,
        "patience": config.patience,
        "shuffle": config.shuffle,
        "start_file": subject.start_file_name if subject.start() is not None else None,
        "threads": subject.run.environment.threads,
        "last_epoch": last_epoch,
        "last_step": last_step,
    }


def _settings(config: TrainConfig) -> dict[str, Any]:
    """The numbers that the program takes from a table of its own."""
    always = ("seed", "epochs", "batch_size", "learning_rate", "label_smoothing")
    sizes = ("split_seed", "training_size", "validation_size", "test_size")
    used = ("dropout", "patience", "warm_up", "gradient_clipping", "imbalance")
    names = (*always, *sizes, *(name for name in used if getattr(config, name)))
    return {name: getattr(config, name) for name in names}


def _end(run: Run, config: TrainConfig) -> tuple[int, int | None]:
    """The last epoch, and the batches that were done of it where a stop cut it off."""
    if not run.epochs or (run.epochs[-1].epoch == config.epochs and run.epochs[-1].complete):
        return config.epochs, None
    last = run.epochs[-1]
    return last.epoch, None if last.complete else last.step


def _optimizer(config: TrainConfig) -> str:
    arguments = ["[vector]", f"lr={config.learning_rate!r}"]
    arguments += ["momentum=0.9"] if config.optimizer == "momentum" else []
    arguments += [f"weight_decay={config.weight_decay!r}", "fused=True"]
    return f"torch.optim.{_OPTIMIZERS[config.optimizer]}({', '.join(arguments)})"


def _without(shapes: Shapes, parameters: Shapes) -> Shapes:
    return {name: shape for name, shape in shapes.items() if name not in parameters}


def _heading(subject: Subject) -> str:
    return f"# Run {subject.run.run_id}\n\n{first_line(subject)}"

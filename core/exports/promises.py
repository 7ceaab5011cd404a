"""What a stand-alone script can repeat of a training run, and what it leaves out, as its first line says."""

from core.config import TrainConfig, setting_title
from core.exports.data_file import LOST, NOT_YOURS, data_files, place_for
from core.exports.subject import Subject
from core.runs.records import RunEnvironment
from core.runs.status import RunOrigin

# fmt: off
_REPEATED = frozenset((
    "hidden_size", "hidden_layers", "learning_rate", "batch_size", "epochs", "seed", "dataset", "architecture",
    "filters", "widths", "activation", "bias", "batch_norm", "dropout", "initialisation", "initial_range", "loss",
    "label_smoothing", "optimizer", "schedule", "warm_up", "weight_decay", "gradient_clipping", "patience",
    "shuffle", "training_size", "validation_size", "test_size", "split", "split_seed", "normalisation", "imbalance",
    "corrections", "teacher_share", "temperature",
))
# fmt: on
"""Settings that the script follows; of all others it says so where they are not at their defaults.

The share and temperature of a teacher mean nothing without one.
"""


def left_out(subject: Subject) -> list[str]:
    """What of the run the script does not repeat when it trains again, in a few words each."""
    config, defaults, found = subject.config, TrainConfig(), []
    for name in TrainConfig.model_fields:
        value = getattr(config, name)
        is_known = name in _REPEATED or (name == "start_from" and subject.start() is not None)
        if not is_known and value != getattr(defaults, name):
            found.append(_WORDS.get(name, setting_title(name).lower()))
    known = subject.run.environment
    found += [f"its earlier training on {place}" for place in earlier_places(known)]
    if known.device not in ("", "cpu"):
        found.append(f"the device of the run ({_device(known.device)})")
    if subject.run.origin is RunOrigin.IMPORTED:
        found.append("where and for how long it was trained, which its file does not say")
    return found


def earlier_places(environment: RunEnvironment) -> list[str]:
    """Where a run was trained before it continued: ``the GPU with PyTorch 2.14.1``. A file may say anything."""
    return [f"the {_device(device)} with PyTorch{_version(torch)}" for device, torch in environment.earlier]


def _device(name: str) -> str:
    if name == "cpu":
        return "processor"
    return "GPU" if name.startswith("cuda") else "accelerator"


def _version(torch: str) -> str:
    """With a space before it; empty where it cannot be one."""
    return f" {torch}" if torch.replace(".", "").replace("+", "").isalnum() else ""


_WORDS = {
    "teacher": "the teacher",
    "backend": "the NumPy backend",
    "start_from": "the weights that the run started from",
}


def first_line(subject: Subject) -> str:
    """The sentences at the top of a script."""
    place = place_for(subject)
    if place not in (LOST, NOT_YOURS):
        return _promise(subject)
    (file,) = data_files(subject.config.dataset, subject.run.run_id)
    return f"Left out: {file}, {place}; without it this can neither test nor train. {_promise(subject)}"


def _promise(subject: Subject) -> str:
    if parts := left_out(subject):
        return f"Left out when this trains again: {', '.join(parts)}. It predicts exactly as the run did."
    known = subject.run.environment
    threads = "1 thread" if known.threads == 1 else f"{known.threads} threads"
    return (
        "This predicts exactly as the run did, and trains to the same weights on the same machine "
        f"with PyTorch{_version(known.versions.get('torch', ''))} and {threads}."
    )

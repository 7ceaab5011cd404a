"""What can go wrong, each with a sentence that a person can act on.

::

    DigitLabError
    ├── ConfigError          a setting is out of its range or not understood
    ├── DataError            a dataset is missing, damaged or not what it claims to be
    │   ├── TooMuchError     files unpack to more than is read at once
    │   └── UploadError      an uploaded picture cannot be used
    ├── TrainingError        a training run cannot continue
    │   └── DivergedError    the loss is no longer a finite number
    ├── EngineError          no worker can take the job
    │   └── AwayError        the cluster that was there does not answer at the moment
    ├── StoppedError         nobody waits for it any more
    ├── SearchError          a search cannot be used in this way
    └── RunError             a run cannot be used in this way
        ├── RunNotFoundError no run has this id
        ├── NotYoursError    only its owner, or a teacher, may do that
        ├── RunTakenError    another server has taken the run over
        └── NewerVersionError it was written by a newer version of Digit Lab

They are caught at the edges only: a page, a worker, the command line, HTTP.
"""


class DigitLabError(Exception):
    """An expected failure; ``str(error)`` is one clear sentence for the user."""


class ConfigError(DigitLabError):
    """A setting is out of its range or not understood."""


class DataError(DigitLabError):
    """A dataset is missing, damaged or not what it claims to be."""


class TooMuchError(DataError):
    """Files unpack to more than is read at once: none of them is left out instead, for it might be the labels."""


class UploadError(DataError):
    """An uploaded picture cannot be used."""


class TrainingError(DigitLabError):
    """A training run cannot go on."""


class DivergedError(TrainingError):
    """The loss is no longer a finite number.

    Parameters
    ----------
    epoch, batch
        The first one, counted from 1; the last batch of an epoch if only its validation shows it.
    learning_rate
        The one of the config; a lower one is advised.
    """

    def __init__(self, epoch: int, batch: int, learning_rate: float) -> None:
        super().__init__(
            f"{_DIVERGED} in epoch {epoch}, batch {batch:,}: the run diverged. Try a learning rate below "
            f"{learning_rate:g}, for instance {learning_rate / 10:g}."
        )


_DIVERGED = "The loss was no longer a finite number"


def is_divergence(error: str | None) -> bool:
    """Whether a sentence that a run has kept is that of a :class:`DivergedError`."""
    return error is not None and error.startswith(_DIVERGED)


class EngineError(DigitLabError):
    """No worker can take the job."""


class AwayError(EngineError):
    """The cluster that was there does not answer at the moment; it may come back."""


class EndingError(AwayError):
    """The server is ending: it starts no workers."""


class StoppedError(DigitLabError):
    """What was being computed has been stopped: nobody waits for it any more."""


class SearchError(DigitLabError):
    """A search cannot be used in this way."""


class RunError(DigitLabError):
    """A run cannot be used in this way."""


class RunNotFoundError(RunError):
    """No run has this id."""


class NotYoursError(RunError):
    """Only a run’s owner, or a teacher, may do that."""


class RunTakenError(RunError):
    """Another server has taken the run over: what this one would still write does not count."""


class NewerVersionError(RunError):
    """A run, or the whole database, was written by a newer version of Digit Lab."""

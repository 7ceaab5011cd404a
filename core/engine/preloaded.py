"""What a worker has loaded when it begins.

Where workers are forked (``FORKS`` in :mod:`core.engine.cluster`), the process that they are forked from imports this
once for all of them, and reads the images, whose memory they share. It may begin no thread and ask no accelerator:
neither would outlive the fork.
"""

from contextlib import suppress

from core.engine.orphan import ends_with_its_parent
from core.errors import DataError

with ends_with_its_parent():
    # That takes seconds, in which its server may be told to end.
    import distributed  # noqa: F401 - imported to be there
    import torch

    import core.engine.worker
    import core.training.fit
    import core.training.torch_learner

    torch.set_num_threads(1)
    with suppress(DataError):
        # What is wrong with them is said by the run that is to train on them.
        core.engine.worker.read_images()

"""What a worker has loaded when it begins.

Where workers are forked (``FORKS`` in :mod:`core.engine.cluster`), the process that they are forked from imports this
once for all of them. It may begin no thread and ask no accelerator: neither would outlive the fork.
"""

import distributed  # noqa: F401 - imported to be there
import torch

import core.engine.worker
import core.training.fit
import core.training.torch_learner  # noqa: F401 - imported to be there

torch.set_num_threads(1)

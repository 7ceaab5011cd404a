"""What all tests share: one thread for PyTorch, set before it is imported, as in the product."""

import os

os.environ["OMP_WAIT_POLICY"] = "passive"
os.environ["OMP_NUM_THREADS"] = "1"

"""Digit Lab against its peers and the machine's limit, side by side in one run: ``python -m benchmarks``."""

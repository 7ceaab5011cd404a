"""The commands of ``python -m core``: each takes its parsed arguments and says JSON lines."""

"""What exports and their files are called; imports nothing, for the flags of the command line."""

MLFLOW = "mlflow"
"""A format of its own kind: MLflow writes it, into a folder, if it is installed."""
ALL = "all"
"""Everything in one zip, what needs a package of its own left out."""
EXPORT_FORMATS = (
    "safetensors",
    "state-dict",
    "onnx",
    "json",
    "script",
    "notebook",
    "report",
    MLFLOW,
    "tensorboard",
    ALL,
)

"""A Jupyter notebook, written as the JSON that it is."""

import json
from typing import Any


def notebook_of(cells: list[dict[str, Any]]) -> bytes:
    """The file of these cells, nbformat 4.5, in UTF-8."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def markdown_cell(text: str, name: str = "heading") -> dict[str, Any]:
    """A cell to read; ``name`` is its id, of lower-case letters, digits, ``-`` and ``_``."""
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}


def code_cell(name: str, code: str) -> dict[str, Any]:
    """A cell to run, without an output."""
    lines = code.splitlines(keepends=True)
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": lines,
    }

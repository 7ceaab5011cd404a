"""What a run’s export gives MLflow, by a client that writes down what it is given.

With MLflow itself, where it is installed: tests/core/commands/test_export.py.
"""

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.config import TrainConfig
from core.exports.mlflow_run import write_mlflow
from core.runs.reflection import Reflection
from tests.core.exports.builders import make_subject


@pytest.fixture
def created(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The runs that were created, as keywords."""
    runs: list[dict[str, Any]] = []

    class Client:
        def __init__(self, tracking_uri: str) -> None:
            Path(tracking_uri.removeprefix("sqlite:///")).touch()

        def create_experiment(self, _name: str, *, artifact_location: str) -> str:
            assert artifact_location.startswith("file:///")
            return "1"

        def create_run(self, _experiment: str, **keywords: Any) -> SimpleNamespace:
            runs.append(keywords)
            return SimpleNamespace(info=SimpleNamespace(run_id="one"))

        def log_param(self, *_arguments: object) -> None:
            pass

        def log_metric(self, *_arguments: object, **_keywords: object) -> None:
            pass

        def set_terminated(self, *_arguments: object, **_keywords: object) -> None:
            pass

    raised = SimpleNamespace(MlflowException=type("MlflowException", (Exception,), {}))
    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(MlflowClient=Client, exceptions=raised))
    return runs


def test_notes_and_reflection_are_the_description_of_the_run(created: list[dict[str, Any]], tmp_path: Path) -> None:
    subject = make_subject(TrainConfig(hidden_size=4))
    reflection = Reflection("95%", "94%,\nand slowly", "The rate").text
    run = replace(subject.run, notes="# Wide", reflection=reflection, tags=("paper", "wide"))
    for place, (notes, said) in enumerate((("# Wide", reflection), ("", reflection), ("# Wide", ""), ("", ""))):
        write_mlflow(replace(subject, run=replace(run, notes=notes, reflection=said)), tmp_path / str(place))
    # MLflow shows this tag as the description of a run.
    descriptions = [one["tags"].get("mlflow.note.content") for one in created]
    assert descriptions == [f"# Wide\n\n{reflection}", reflection, "# Wide", None]
    assert created[0]["run_name"] == run.name
    assert created[0]["tags"]["tags"] == "paper, wide"
    assert (tmp_path / "0" / "artifacts" / "one" / "artifacts").is_dir()

"""The API against its own document: what fits it is answered as it says, and everything else is refused."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from starlette.applications import Starlette

from core.api.app import api_app
from core.api.runs import OneRun
from core.runs.archive import DEMO_DIRECTORY
from core.settings import Settings
from tests.core.data.importing.builders import png

EXAMPLES = 12
"""Of each operation and mode, always the same: some five seconds of processor time for all of them."""
OPERATIONS = ("POST /predict", "GET /models", "GET /weights", "GET /judge", "GET /health")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    home = Path(tmp_path_factory.mktemp("home"))
    return api_app(OneRun(DEMO_DIRECTORY, home), Settings.from_environment({"DIGITLAB_HOME": str(home)}))


@pytest.fixture(scope="module")
def operations(app: Starlette) -> dict[str, schemathesis.schemas.APIOperation]:
    """Those of the document, by method and path. What it calls a picture is one."""
    picture = st.just(png(np.eye(28, dtype=np.uint8) * 255))
    for kind in ("image/png", "image/jpeg"):
        schemathesis.openapi.media_type(kind, picture)
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    return {operation.label: operation for operation in (found.ok() for found in schema.get_all_operations())}


def is_sent_without_fault(case: Case, url: str) -> bool:
    """Whether nothing is left of what was to be wrong: a list without entries is no parameter of an address.

    Which examples there are depends on the modules that other tests have imported: Hypothesis takes words from them.
    """
    components = case.meta.components if case.meta else {}
    body = components.get(ParameterLocation.BODY)
    is_body_wrong = body is not None and body.mode is GenerationMode.NEGATIVE
    return not is_body_wrong and parse_qs(urlsplit(url).query, keep_blank_values=True) in ({}, {"run": ["demo"]})


def test_no_operation_is_left_out(operations: dict[str, schemathesis.schemas.APIOperation]) -> None:
    assert set(operations) == set(OPERATIONS)


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("label", OPERATIONS)
def test_the_api_does_what_its_document_says(
    label: str, mode: GenerationMode, operations: dict[str, schemathesis.schemas.APIOperation]
) -> None:
    if (label, mode) == ("GET /health", GenerationMode.NEGATIVE):
        pytest.skip("it takes nothing that could be wrong")
    statuses = set()

    # Fractions from 0 to 1 are refused, which no schema of numbers can say.
    left_out = [positive_data_acceptance] if label == "POST /predict" else []

    @settings(max_examples=EXAMPLES, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=operations[label].as_strategy(generation_mode=mode))
    def holds(case: Case) -> None:
        response = case.call()
        assume(mode is GenerationMode.POSITIVE or not is_sent_without_fault(case, response.request.url))
        statuses.add(response.status_code)
        # That a body is too large is a refusal as well, which the check does not know.
        refused = [negative_data_rejection] if response.status_code == 413 else []
        case.validate_response(response, excluded_checks=[*left_out, *refused])

    holds()
    assert 500 not in statuses
    assert (200 in statuses) == (mode is GenerationMode.POSITIVE)

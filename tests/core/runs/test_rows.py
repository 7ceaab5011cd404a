from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.runs.rows import run_from_row, run_to_row
from core.runs.schema import RUNS
from tests.core.builders import assert_same_run, make_run


@pytest.mark.parametrize("started", [True, False])
def test_rows_have_the_columns_of_the_table(started: bool) -> None:
    run = make_run()
    if not started:
        run = replace(run, started=None, ended=None, val_accuracy=None, test_accuracy=None, error="Lost.")
    row = run_to_row(run)
    assert row.keys() == {column.name for column in RUNS.columns} - {"server_id", "thrown_away_by"}
    assert_same_run(run_from_row(SimpleNamespace(**row), run.epochs), run)

"""No page changes a run, or deletes a dataset, without asking who may."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
CHANGES = re.compile(
    r"run_store\(\)\.(?:rename|remark|delete|requeue|bin\.put)|engine\(\)\.resume|\bjob\.stop\(|\bstore\.(?:rename|remark|delete|bin\.put)"
    r"|catalogue\(\)\.delete|deletable\(\w+\)\.delete|(?:searches\(\)|changeable_search\(\w+\))\.(?:stop|resume|delete|book\.delete)|\badopt\("
)
ASKS = ("changeable(", "deletable(", "changeable_search(")
ITS_OWN = "run_store().rename(job.run_id"
"""An experiment names the run that it has just begun."""


def test_every_change_of_a_run_asks_first() -> None:
    found = 0
    for path in [*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]:
        for function in re.split(r"^(?=def |    def )", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            if CHANGES.search(function.replace(ITS_OWN, "")):
                found += 1
                assert any(ask in function for ask in ASKS), f"{path.relative_to(ROOT)}: {function.partition('(')[0]}"
    assert found >= 6

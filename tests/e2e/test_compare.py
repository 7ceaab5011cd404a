"""From two selected rows to the images on which two runs disagree; and a deletion that is taken back."""

import re
import shutil
from dataclasses import replace

from playwright.sync_api import Page, expect

from core.runs.archive import bring_in_demo
from core.runs.records import DEMO_RUN_ID
from core.runs.status import RunOrigin
from core.runs.store import RunStore
from core.settings import Settings
from scripts.serve import Server, wait_until_settled
from tests.e2e.conftest import OpenPage

TWIN = "other-twin-000001"


def select_row(page: Page, row: int) -> None:
    """Tick a row of the table, whose first column ticks."""
    table = page.get_by_test_id("stDataFrame").first
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 18, box["y"] + 35 * (row + 1) + 18)


def bring_in_twin(server: Server) -> None:
    """The demo run as an earlier epoch left it: another network on the same images."""
    store = RunStore(Settings.from_environment({"DIGITLAB_HOME": str(server.home)}))
    # The server may still be about to do so.
    bring_in_demo(store)
    demo = store.get(DEMO_RUN_ID)
    first = demo.epochs[0]
    twin = replace(demo, run_id=TWIN, name="other-twin", origin=RunOrigin.TRAINED, val_accuracy=first.val_accuracy)
    folder = store.files.folder(TWIN)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(store.files.epoch_paths(DEMO_RUN_ID)[0][1], folder / "checkpoint.safetensors")
    store.remark(DEMO_RUN_ID, tags=("pair",))
    twin = replace(twin, tags=("pair",))
    store.insert(replace(twin, epochs=(first,), epochs_done=1.0, created=demo.created, test_accuracy=None))
    store.close()


def test_two_rows_lead_to_compare_and_a_deletion_is_taken_back(server: Server, open_page: OpenPage) -> None:
    bring_in_twin(server)
    page = open_page(f"{server.url}/runs?tag=pair")
    for row in (0, 1):
        select_row(page, row)
        wait_until_settled(page)
    page.get_by_role("link", name="Compare 2 runs").click()
    expect(page.get_by_role("heading", level=1, name="Compare")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^A correct, B incorrect: "))).to_be_visible()
    expect(page.get_by_text(re.compile(r"[AB] is (better|ahead)"))).to_be_visible()
    wait_until_settled(page)
    page.goto(f"{server.url}/runs?find=twin")
    wait_until_settled(page)
    select_row(page, 0)
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("No run matches")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    wait_until_settled(page)

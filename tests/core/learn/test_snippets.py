"""docs/notebook.py: a cell for every question, whole as a script and as a notebook; every cell does what it says."""

import json
import os
import re
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from core.data.dataset import ImageDataset
from core.learn.questions.catalogue import QUESTIONS
from core.learn.snippets import NOTEBOOK, SCRIPT, notebook, notebook_with_images, snippet_named, snippets, snippets_of
from core.learn.source import ROOT

TEXTS = [question.text for question in QUESTIONS]
RUN = """
import json, sys
cells = json.load(open(sys.argv[1], encoding="utf-8"))["cells"]
names = {}
for cell in cells:
    if cell["cell_type"] == "code":
        print(f"# {cell['id']}")
        exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
"""


@pytest.mark.parametrize("number", range(1, 32))
def test_every_question_has_a_snippet_of_a_few_lines(number: int) -> None:
    cells = snippets_of(number)
    assert cells
    for cell in cells:
        assert 5 <= sum(bool(line.strip()) for line in cell.code.splitlines()) <= 15, cell.title
        assert max(map(len, cell.code.splitlines())) <= 120


def test_cells_come_in_order_and_nothing_of_the_script_is_lost() -> None:
    numbers = [cell.question for cell in snippets() if cell.question]
    assert numbers == sorted(numbers)
    assert {cell.title for cell in snippets() if not cell.question} == {"Offline", "Arrays"}
    whole = (ROOT / SCRIPT).read_text(encoding="utf-8")
    for line in whole.splitlines()[6:]:
        assert not line.strip() or line.startswith("# %%") or any(line in cell.code for cell in snippets()), line


def test_a_cell_says_which_names_it_takes_from_which() -> None:
    assert snippets_of(1)[0].uses == {}
    uses = dict(snippets_of(13)[0].uses)
    assert uses == {"train_epoch": "Q12", "model": "Q7", "train_loader": "Q6", "optimizer": "Q11"}
    assert dict(snippets_of(4)[0].uses) == {
        "train_dataset": "Q3",
        "transforms": "Q2",
        "datasets": "Q2",
        "torch": "Q2",
    }
    # A name that the cell itself binds, as a parameter or in a comprehension, is not taken from an earlier one.
    assert not {"images", "labels", "network", "loader"} & set(snippets_of(26)[0].uses)


def test_the_notebook_holds_every_cell_below_its_question() -> None:
    cells = json.loads(notebook(TEXTS))["cells"]
    assert ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"] == [c.code for c in snippets()]
    headings = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    assert "On Colab" in headings[0]
    assert [int(number) for number in re.findall(r"^## (\d+)\. ", "\n".join(headings), re.MULTILINE)] == sorted(
        range(1, 32)
    )
    assert len({cell["id"] for cell in cells}) == len(cells)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Path]:
    """What every cell of the notebook prints, run in order where the zip was unpacked, without internet."""
    folder = tmp_path_factory.mktemp("notebook")
    with zipfile.ZipFile(BytesIO(notebook_with_images(TEXTS))) as archive:
        archive.extractall(folder)
    surroundings = {
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "https_proxy": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "no_proxy": "127.0.0.1",
        "PYTHONWARNINGS": "ignore",
        "PYTHONUTF8": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, NOTEBOOK],
        cwd=folder,
        env=os.environ | surroundings,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    parts = re.split(r"^# part-\d+\n", done.stdout, flags=re.MULTILINE)[1:]
    return {cell.title: text for cell, text in zip(snippets(), parts, strict=True)}, folder


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_notebook_trains_saves_loads_tunes_exports_and_serves(printed, mnist_test: ImageDataset) -> None:
    said, folder = printed
    # As the notebook of torchvision prints it.
    assert said["Q3"].startswith(
        "Dataset MNIST\n    Number of datapoints: 60000\n    Root location: ./data\n    Split: Train\n"
    )
    assert "mean 0.1307, standard deviation 0.3081" in said["Q4"]
    assert "the same: True" in said["Q4"]
    assert "images in both: 0" in said["Q5"]
    assert "probability minus label: True" in said["Q10"]
    correct, count = map(int, re.search(r": (\d+) of (\d+)", said["Q16"].replace(",", "")).groups())
    assert count == len(mnist_test)
    assert correct / count >= 0.97
    assert sum(map(int, re.findall(r"\d+", said["Q18"].partition("precision")[0]))) == count
    assert "reads the same: True" in said["Q20"]
    assert "another width is refused: size mismatch" in said["Q20"]
    trials = [float(share) for share in re.findall(r"validation accuracy (\S+)%", said["Q21"])]
    assert len(trials) == 3
    assert float(re.search(r"best: \((.+?),", said["Q21"])[1]) == pytest.approx(max(trials) / 100, abs=1e-4)
    rates = [float(rate) for rate in re.findall(r"rate (\S+):", said["Q23"])]
    np.testing.assert_allclose(rates, 0.003 * (1 + np.cos(np.pi * np.arange(4) / 4)) / 2, atol=1e-5)
    for number, before in (("Q25", "before: (.+)%"), ("Q28", "plain: .+ 3: (.+)%")):
        low, high = (
            float(re.search(words, said[number])[1]) for words in (before, r"(?:after: |shifts: .+ 3: )(.+?)%")
        )
        assert high > low + 15, said[number]
    # The exported network, read by another program, reads the official test images as the notebook said.
    session = onnxruntime.InferenceSession(folder / "digits.onnx")
    pixels = ((mnist_test.images[:, None] / 255 - 0.1307) / 0.3081).astype(np.float32)
    logits = session.run(None, {"images": pixels})[0]
    assert abs(int((logits.argmax(axis=1) == mnist_test.labels).sum()) - correct) <= 1
    assert said["Q31 Serve"].startswith(f"test image 0 over HTTP: {logits[0].argmax()}, label 7")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_arrays_of_the_series_are_printed_with_their_values(printed, mnist_train: ImageDataset) -> None:
    said, _ = printed
    x_train, y_train = mnist_train.images.reshape(-1, 784).T, mnist_train.labels[None]
    expected = "\n".join(map(str, (x_train, y_train, np.zeros((10, 1)))))
    assert said["Arrays"].startswith(expected)
    assert "x_train[:, 0].reshape(28, 28)" in snippet_named("Arrays").code

"""Puzzles on the torchvision notebook and on what its images are: loader, letters, ink."""

import gzip
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.analysis.accuracy import share_correct
from core.data.mnist import MNIST_DIRECTORY, load_mnist
from core.drawings.pictures import read_picture
from core.drawings.preprocessing import drawing_to_digit
from core.learn.puzzles.puzzle import QUESTIONS, TORCHVISION, Finding, Puzzle, Reading
from core.models.numpy_model import NumpyModel
from core.runs.archive import DEMO_DIRECTORY
from core.runs.files import CHECKPOINT
from core.runs.model_tensors import read_model

_FEW = 64
_WITHOUT_TORCH = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
"""
"""Has Python say of torch what it says where torch is not installed."""


def demo_network() -> NumpyModel:
    """The network of the demo run."""
    return read_model(DEMO_DIRECTORY / CHECKPOINT)


def measure_loader() -> Finding:
    """Ask PyTorch's loader for a batch of torchvision's MNIST, without a transform and with one."""
    from torchvision import datasets, transforms

    with tempfile.TemporaryDirectory() as folder:
        _put_few_images(Path(folder))
        bare = _first_batch(datasets.MNIST(folder, train=True))
        ready = _first_batch(datasets.MNIST(folder, train=True, transform=transforms.ToTensor()))
    return Finding(
        (Reading("The first batch", bare, ready),),
        f"Creating the loader raises no error; asking it for the first batch does: “{bare[:70]}…”.",
    )


def measure_stale_notebook() -> Finding:
    """Import torchvision in a fresh Python that does not find torch, and in one that does."""
    outcomes = []
    for setup in (_WITHOUT_TORCH, ""):
        done = subprocess.run(
            [sys.executable, "-c", f"{setup}from torchvision import datasets; print('imported')"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
        outcomes.append(lines[-1] if lines else "nothing")
    return Finding(
        (Reading("from torchvision import datasets", outcomes[0], outcomes[1]),),
        f"Without torch, the first cell cannot have run either: “{outcomes[0]}”. Its output is from an earlier "
        "session.",
    )


def measure_letters() -> Finding:
    """Look for letters among the labels, and let the demo network read the alphabet in both cases."""
    labels = np.concatenate([load_mnist("train").labels, load_mnist("test").labels])
    letters = [chr(code) for start in (ord("A"), ord("a")) for code in range(start, start + 26)]
    digits = np.stack([drawing_to_digit(letter_image(letter)).digit for letter in letters])
    probabilities = demo_network().probabilities(digits)
    sure = float((probabilities.max(axis=1) > 0.8).mean())
    readings = (
        Reading("Classes", len(letters) + 10, len(np.unique(labels))),
        Reading("Labels beyond 9", "some", int((labels > 9).sum())),
        Reading("Letters that are read as a digit", "none", int((probabilities.argmax(axis=1) < 10).sum())),
        Reading("… with more than 80% confidence", "none", sure, ".0%"),
    )
    return Finding(
        readings,
        f"{len(labels):,} labels, all from {labels.min()} to {labels.max()}. Shown a letter, the network answers with "
        f"a digit all the same, {sure:.0%} of the time with more than 80% confidence.",
        ("As the line says", "As it is"),
    )


def measure_black_ink(count: int = 2_000) -> Finding:
    """Give the demo network test digits in black on white, and through the step that finds the ink."""
    test = load_mnist("test").subset(np.arange(count))
    network = demo_network()
    inverted = 255 - test.images
    wrong, right = (share_correct(network.probabilities(images), test.labels) for images in (inverted, test.images))
    few = np.stack([drawing_to_digit(read_picture(_png(image))).digit for image in inverted[:_FEW]])
    as_it_is, corrected = (
        share_correct(network.probabilities(images), test.labels[:_FEW]) for images in (inverted[:_FEW], few)
    )
    readings = (
        Reading("Mean of the corner pixels", float(inverted[:, 0, 0].mean()), float(test.images[:, 0, 0].mean())),
        Reading("Accuracy", wrong, right, ".2%"),
        Reading(f"The first {_FEW}: as they are, and through Draw’s upload", as_it_is, corrected, ".2%"),
    )
    return Finding(
        readings,
        f"Black on white, the same digits are read with {wrong:.2%} accuracy instead of {right:.2%}; an upload is "
        "inverted first where its ink is dark.",
    )


def letter_image(letter: str) -> NDArray[np.uint8]:
    """A letter in white on black, uint8 ``(200, 200)``, in the font that Pillow carries with it."""
    picture = Image.new("L", (200, 200), 0)
    font = ImageFont.load_default(140)
    ImageDraw.Draw(picture).text((100, 100), letter, fill=255, font=font, anchor="mm")
    return np.asarray(picture)


def _png(image: NDArray[np.uint8]) -> bytes:
    stream = BytesIO()
    Image.fromarray(image.repeat(8, axis=0).repeat(8, axis=1)).save(stream, "PNG")
    return stream.getvalue()


def _put_few_images(folder: Path) -> None:
    """The first training images where torchvision looks for them, as files of its own format."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, count in (("train", _FEW), ("t10k", _FEW)):
        for kind, header, size in (("images-idx3-ubyte", 16, 784), ("labels-idx1-ubyte", 8, 1)):
            with gzip.open(MNIST_DIRECTORY / f"{part}-{kind}.gz", "rb") as file:
                content = bytearray(file.read(header + count * size))
            content[4:8] = count.to_bytes(4, "big")
            (raw / f"{part}-{kind}").write_bytes(content)


def _first_batch(dataset: object) -> str:
    """Shape of the loader's first batch, or the error that comes in its place."""
    from torch.utils.data import DataLoader

    try:
        images, _ = next(iter(DataLoader(dataset, batch_size=4)))  # type: ignore[arg-type]
    except TypeError as error:
        return f"TypeError: {error}"
    return str(tuple(images.shape))


PUZZLES = (
    Puzzle(
        slug="loader",
        title="A loader that has not been asked yet",
        document=TORCHVISION,
        quotation="train_dataset = datasets.MNIST('./data', train=True, download=True)\n…\n"
        "train_loader = torch.utils.data.DataLoader(train_dataset, batch_size=batch_size, shuffle=True)",
        question="The notebook avoids transforms on purpose. What does the first batch look like?",
        choices=(
            "A tensor of shape (4, 28, 28) with bytes.",
            "A list of four pictures.",
            "An error: pictures cannot be put together into a batch.",
        ),
        answer=2,
        explanation="torchvision’s datasets return Pillow pictures unless a transform turns them into tensors, and the "
        "loader can only stack tensors, arrays and numbers. The notebook ends before it asks for a batch, so the error "
        "never shows. `transform=ToTensor()` is enough; Digit Lab keeps all images in one array and needs no loader at "
        "all.",
        measure=measure_loader,
        doing="Ask the loader for a batch",
        seconds=8,
        code="core.training.torch_learner:TorchLearner.begin_epoch",
    ),
    Puzzle(
        slug="stale-output",
        title="In [5], In [8], In [7]",
        document=TORCHVISION,
        quotation="In [5]: from torchvision import datasets\nIn [8]: train_dataset\n"
        "In [7]: import torch\n…\nModuleNotFoundError: No module named 'torch'",
        question="What do the last line and the cell numbers tell you, taken together?",
        choices=(
            "The cells did not run in this order, in this environment: torchvision cannot be imported without torch.",
            "torchvision brings its own torch, which cannot be imported by name.",
            "Nothing: cell numbers are random.",
        ),
        answer=0,
        explanation="Importing torchvision imports torch. Where torch is missing, the first cell fails, and what is "
        "below it was left there by an earlier session. A notebook shows what was once true: restart it and run it "
        "from the top before you believe it. Install the two together, in one command.",
        measure=measure_stale_notebook,
        doing="Import torchvision with and without torch",
        seconds=10,
        code="requirements.txt",
    ),
    Puzzle(
        slug="letters",
        title="What is in the box",
        document=TORCHVISION,
        quotation="- images of upper & lower case letters plus digits\n- 28x28 pixel\n- grayscale\n- ~70,000 labelled "
        "images.",
        is_code=False,
        question="One of these four lines is wrong about MNIST. Which?",
        choices=("The first", "The third", "The fourth"),
        answer=0,
        explanation="MNIST holds digits only. Its letters went into EMNIST (Cohen et al. 2017), made from the same "
        "collection of handwriting. A network trained on ten digits has no way to say “letter”: its ten probabilities "
        "add up to 1 whatever it sees.",
        measure=measure_letters,
        doing="Look for letters, and show some to the demo network",
        code="core.data.dataset:DIGIT_NAMES",
    ),
    Puzzle(
        slug="black-on-white",
        title="0 corresponds to a white pixel",
        document=QUESTIONS,
        quotation="0 corresponds to a white pixel (background) and 255 corresponds to a black pixel (foreground)",
        is_code=False,
        question="The torchvision notebook and the series say 0 is black and 255 white. What holds for a network?",
        choices=(
            "It makes no difference: a network learns either.",
            "The numbers count: 0 is background, 255 ink. A picture of dark ink on white paper must be inverted.",
            "The notebook of 31 questions: paper is white.",
        ),
        answer=1,
        explanation="The MNIST page itself speaks of a white background and a black foreground, for the digits were "
        "written with dark ink. Shown on a screen as brightness, 0 is black. The network knows neither word: it has "
        "learned that strokes are high numbers on zeros. A photo of paper is the other way round: read unchanged, it "
        "is like nothing that the network has ever seen.",
        measure=measure_black_ink,
        doing="Show 2,000 test digits in black on white",
        code="core.drawings.ink:ink_of",
    ),
)

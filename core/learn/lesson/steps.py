"""The project in seven steps: what each is for, its line in PyTorch, and the page that does it."""

from dataclasses import dataclass

from core.learn.snippets import lines_of

PURPOSE = (
    "How is a simple neural network trained?",
    "What is the workflow: images, network, training, testing?",
    "How does a network learn, and how does it come to an answer?",
)
"""What somebody hopes to learn, asked before anything is done."""
TOOLS = "Python, PyTorch, torchvision, NumPy and Matplotlib; Google Colab or a computer of your own."
REFLECTION = (
    "What surprised you?",
    "What was hard, and what did you have to look up?",
    "What would you do differently next time?",
    "Did you learn what you had hoped to? Explain.",
)
"""What is asked when everything is done."""


@dataclass(frozen=True)
class Excerpt:
    """Lines of a cell of ``docs/notebook.py``: those that begin with these words, or all."""

    cell: str
    beginnings: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The lines as they are in the notebook."""
        return lines_of(self.cell, *self.beginnings)


@dataclass(frozen=True)
class Step:
    """A step of the pseudocode.

    Parameters
    ----------
    name
        In the URL.
    parts
        What there is to do, each in a sentence.
    shown_at, link
        The page that does it, as ``page?name=value&…``, and what the link to it says.
    """

    name: str
    title: str
    parts: tuple[str, ...]
    excerpts: tuple[Excerpt, ...]
    shown_at: str
    link: str

    @property
    def code(self) -> str:
        """All excerpts, an empty line between them."""
        return "\n\n".join(excerpt.code for excerpt in self.excerpts)


STEPS = (
    Step(
        "imports",
        "Import the libraries",
        ("PyTorch computes, torchvision has the images, Matplotlib draws.",),
        (Excerpt("Q2", ("import", "from torch import nn", "from torch.utils.data", "from torchvision")),),
        "learn?part=questions&question=2",
        "The imports, explained",
    ),
    Step(
        "images",
        "Load MNIST",
        ("60,000 images to train on, 10,000 by other writers to test on, kept apart from the start.",),
        (Excerpt("Q3", ("train_dataset =", "test_dataset =")),),
        "explore?images=training",
        "Look at the images",
    ),
    Step(
        "prepare",
        "Prepare the images",
        (
            "**Normalise**: small numbers around 0 are easier to learn from than 0 to 255.",
            "**Batch**: the network learns from a few images at a time.",
            "**Shuffle**: a new order in every epoch, so that no step sees only one kind of digit.",
        ),
        (Excerpt("Q4", ("normalise =", "transform =")), Excerpt("Q6", ("picture_loader",))),
        "train?normalisation=minus_one_one",
        "Choose how pixels are scaled",
    ),
    Step(
        "network",
        "Define the network",
        (
            "**Input**: 784 numbers, one for each pixel.",
            "**Hidden layer**: units look for patterns. A second layer combines what the first has found.",
            "**ReLU** passes on what is above 0. Without it, all layers together could do no more than one.",
            "**Output**: ten logits, one for each digit; the largest is the answer.",
        ),
        (Excerpt("Q7", ("class Network", "    ")),),
        "train?hidden_layers=2",
        "Set up a network with two hidden layers",
    ),
    Step(
        "loop",
        "Train: for each epoch, for each batch",
        (
            "**Forward**: the images go through the network.",
            "**Loss**: how far off are its answers?",
            "**Backward**: how much has each weight contributed to the loss? From the output back to the input.",
            "**Update**: new weight = old weight − learning rate × gradient.",
        ),
        (Excerpt("Q12"),),
        "learn?part=walk",
        "Follow one digit through one step",
    ),
    Step(
        "unseen",
        "Test on images that it has not seen",
        ("No learning here: only count how many it reads correctly.",),
        (Excerpt("Q16", ("correct =", "model.eval", "with torch", "    ", "count =", "test_accuracy =")),),
        "evaluate?run=demo",
        "Test the demo run",
    ),
    Step(
        "accuracy",
        "Print the accuracy",
        ("Say on how many images it was measured, and how far chance may have moved it.",),
        (Excerpt("Q16", ("margin =", "print(")),),
        "errors?run=demo",
        "What is behind the number: every mistake",
    ),
)
"""All seven, in order."""

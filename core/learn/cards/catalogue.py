"""The eight cards for somebody to whom all this is new: a title, a few sentences without formulas, and words used."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """One idea.

    Parameters
    ----------
    name
        In the URL.
    text
        Two to four sentences, in Markdown.
    terms
        Entries of the glossary that help to read it.
    """

    name: str
    title: str
    text: str
    terms: tuple[str, ...]


CARDS = (
    Card(
        "image",
        "To a computer, a picture is numbers",
        "You see a stroke. A computer is given 784 numbers, 28 rows of 28: **0** where there is only background, "
        "**255** where the ink is full. Zoom in until you see them too. None of them says which digit it is: that has "
        "to be learned.",
        ("MNIST", "Ink", "Tensor"),
    ),
    Card(
        "stencil",
        "A unit is a stencil",
        "A network is made of units, and each lays a stencil over the picture. Ink on **orange** counts for it, ink on "
        "**blue** against it; the stronger the colour, the more it counts. The unit adds everything up and passes on "
        "what is above zero. The stencils here are those that one network has learned.",
        ("Unit", "Weight", "Bias", "ReLU"),
    ),
    Card(
        "guess",
        "It never knows, it guesses",
        "The network spreads 100% over the ten digits and answers with the one that gets most. These are digits that "
        "it finds hard, and it has not learned from any of them. Read each one first, then see its guess.",
        ("Softmax", "Confidence", "Label"),
    ),
    Card(
        "mistakes",
        "Its mistakes follow a pattern",
        "A digit is most easily taken for one that shares its strokes. Choose a digit and see every one that this "
        "network misreads, with its answer below. Which of them would you have misread as well?",
        ("Accuracy", "Confusion matrix", "Validation set"),
    ),
    Card(
        "step",
        "Learning is many small corrections",
        "A new network knows nothing: its weights are random. In one step it is shown 64 labelled digits, and every "
        "weight moves a little in the direction that makes the labels more likely. Take some steps and watch how it "
        "reads digits that it is never trained on.",
        ("Gradient", "Learning rate", "Batch size", "Supervised learning"),
    ),
    Card(
        "overfitting",
        "Learning by heart is not understanding",
        "With few examples, a network can learn every answer by heart. It is then nearly perfect on what it has seen "
        "and much worse on what it has not; that gap is called overfitting. Choose how many digits it may learn from.",
        ("Overfitting", "Generalisation", "Regularisation"),
    ),
    Card(
        "unknown",
        "It has ten answers and no other",
        "Shown a letter or a scribble, the network still answers with a digit, sometimes with great confidence. So "
        "Digit Lab asks a second question: is this like anything that the network has learned from? That check is not "
        "perfect either.",
        ("Confidence", "Calibration", "Classifier"),
    ),
    Card(
        "mnist",
        "Whose handwriting is this?",
        "**MNIST** means Modified NIST: digits that the US National Institute of Standards and Technology had "
        "collected from employees of the Census Bureau and from high-school students, mixed half and half, 70,000 in "
        "all. It has been a benchmark since 1998. Edges are grey because black-and-white scans were scaled to a "
        "smaller grid. What these people did not write, the network has not seen.",
        ("MNIST", "Benchmark", "Test set"),
    ),
)
"""In the order in which they are read."""

"""Plans for a lesson: what a class does, minute by minute, with links that set the lab up."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Phase:
    """Part of a lesson.

    Parameters
    ----------
    target, link
        The page where it happens, as ``page?name=value&…``, and what the link to it says.
    """

    minutes: int
    title: str
    task: str
    target: str
    link: str


_WARM_UP = Phase(
    5,
    "What do you expect?",
    "Each learner writes down what they hope to learn, and guesses how many of 100 digits a network can read.",
    "learn?card=image",
    "The first card",
)
_LOOK = Phase(
    8,
    "Read some yourself",
    "In pairs: leaf through the digits and find three that your neighbour misreads.",
    "explore?images=training",
    "The training images",
)
_TRAIN = Phase(
    8,
    "Train the first network",
    "Predict the validation accuracy and write it down. Then press Train and watch the curves.",
    "train?hidden_size=64&epochs=3",
    "64 hidden units, 3 epochs",
)
_CHANGE = Phase(
    10,
    "Change one thing",
    "Each pair changes one setting, predicts what will happen, and trains again. Here is the first change.",
    "train?hidden_size=64&learning_rate=0.01&epochs=3",
    "The same, with a learning rate of 0.01",
)
_MISTAKES = Phase(
    7,
    "What does it get wrong?",
    "Find a mistake that you would make too, and one that you would not. What do they have in common?",
    "errors?run=demo",
    "Mistakes of the demo run",
)
_REFLECT = Phase(
    7,
    "Reflect",
    "Compare what you expected with what happened. Answer the four questions on the sheet.",
    "runs",
    "Your runs",
)
PLANS: Mapping[str, tuple[Phase, ...]] = MappingProxyType(
    {
        "45": (_WARM_UP, _LOOK, _TRAIN, _CHANGE, _MISTAKES, _REFLECT),
        "90": (
            _WARM_UP,
            Phase(
                12,
                "The idea, card by card",
                "Read the eight cards, alone or in pairs, and try out everything that can be tried.",
                "learn?card=image",
                "New to this",
            ),
            _LOOK,
            _TRAIN,
            Phase(
                12,
                "Follow one digit",
                "Step by step through one training step: find a pixel, a weight, the loss, and the new weight.",
                "learn?part=walk",
                "Follow one digit",
            ),
            _CHANGE,
            Phase(
                12,
                "Put a claim to the test",
                "Predict, then run an experiment. Does its verdict hold for other seeds too?",
                "learn?part=experiments&experiment=relu",
                "An experiment",
            ),
            _MISTAKES,
            Phase(
                9,
                "Draw, and try to break it",
                "Draw digits that everybody can read but the network cannot. Then draw a letter.",
                "draw?run=demo",
                "Draw for the demo run",
            ),
            _REFLECT,
        ),
    }
)
"""By their length in minutes, as in the URL."""

"""What experiments share: the documents that they quote, small networks, and how seeds are compared."""

from core.analysis.by_seed import CHANCE
from core.config import TrainConfig
from core.learn.experiments.records import SEEDS

TORCHVISION = "MNIST Database (the torchvision notebook)"
QUESTIONS = "MNIST Digit Classification (the 31 questions)"
BREAK_DOWN = "MNIST Classifier Break Down"
FROM_SCRATCH = "MNIST – Recognizing handwritten digits (from scratch)"

PAIRED = (
    f"Each variant is trained with {SEEDS} seeds, which draw first weights and order; images and split stay. What "
    "counts is the difference between two variants with the same seed: it is decided if a paired t-test over the seeds "
    f"gives a probability of chance below {CHANCE:g}."
)
TUNED = "Each at the best of three learning rates, a factor of about three apart, found with other seeds."
TUNED_BY_LOSS = (
    "Each at the one of three learning rates, a factor of about three apart, with the lowest validation loss; found "
    "with other seeds."
)
SMALL = TrainConfig(hidden_size=64, training_size=5_000, epochs=5, schedule="constant")
PLAIN = SMALL.replace(optimizer="sgd", learning_rate=0.1)
FEW = TrainConfig(hidden_size=128, training_size=1_000, epochs=15, schedule="constant", batch_size=32)
SETTING = "64 hidden units, 5,000 images, 5 epochs, Adam at a constant rate."
PLAIN_SETTING = "64 hidden units, 5,000 images, 5 epochs, plain gradient descent."

"""Questions 27 to 31: further exercises."""

from core.config import TrainConfig
from core.learn.questions.question import Chapter, Question, Trial

_SCARCE = TrainConfig(hidden_size=256, epochs=15, training_size=2_000)

CHAPTERS = (
    Chapter(
        "Further exercises",
        (
            Question(
                27,
                "How do you experiment with different neural network architectures for MNIST digit classification?",
                "Keep everything else equal — images, epochs, seed — and change width, depth or kind. Compare at "
                "equal cost as well: parameters say what a network can hold, multiplications what an image takes. A "
                "linear classifier reached 91.9% of the validation images here and 784-128-10 97.8%, both in 8 "
                "epochs; the small CNN 98.1% in 3, with a third of the weights, because its filters are used at "
                "every place of the image (LeCun et al. 1998).",
                "architecture",
                "train?architecture=cnn&epochs=2",
                "Train a small CNN",
                settings=("linear", "mlp", "cnn"),
            ),
            Question(
                28,
                "How do you apply data augmentation techniques to improve model robustness?",
                "Train on what the network will meet: shifts for sloppy cropping, rotations for tilted paper, erasing "
                "for dirt. Or take the variation away before the network sees it, as MNIST itself does: crop, scale "
                "to 20 pixels, centre by mass. Shift test digits below and watch the demo run fail; then let the same "
                "digits be centred first. What can be undone need not be learned. Robustness shows how fast accuracy "
                "falls as images get worse, and trains a network that falls later.",
                "robustness",
                "robustness?run=demo",
                "See what a network still reads",
            ),
            Question(
                29,
                "How do you test the MNIST neural network model on different digit datasets?",
                "Bring the other images into the same form — 28 × 28, white ink on black, centred by mass — and read "
                "them with the network as it is. Accuracy falls: other people, other pens, other scanners. That fall "
                "is the most honest number about a model. scikit-learn ships 1,797 digits by 13 writers; USPS, QMNIST "
                "and SVHN can be downloaded. Habits of writing count too: MNIST’s 1 is a plain stroke, so a 1 with a "
                "long upstroke, as many people write it, is often read as a 4. Import pictures of your own as a "
                "dataset for testing only, and Evaluate says how the network reads your hand.",
                "other_digits",
                "train?dataset=sklearn-digits&training_size=1000",
                "Train on scikit-learn’s digits instead",
            ),
            Question(
                30,
                "How do you integrate more advanced regularization methods into the MNIST neural network model?",
                "Label smoothing keeps scores from growing without end; mixup trains on blends of two images and "
                "their labels; batch normalisation steadies the sums of each layer, and its noise regularises as a "
                "side effect; gradient clipping bounds a single step. Each is a line in the loop or a layer in the "
                "network. Switch on one at a time and look at validation: together they can be too much.",
                "train",
                "train?label_smoothing=0.1&mixup=0.2&batch_norm=true&epochs=15",
                "Train with all three",
                (
                    Trial("Plain", _SCARCE),
                    Trial("Label smoothing and mixup", _SCARCE.replace(label_smoothing=0.1, mixup=0.2)),
                    Trial("Batch normalisation", _SCARCE.replace(batch_norm=True)),
                ),
            ),
            Question(
                31,
                "How do you deploy the MNIST neural network model for real-time digit recognition?",
                "Ship the weights and the few lines that use them, not the training library: NumPy reads a digit in "
                "well under a millisecond and starts in a tenth of a second. Prepare the input as in training, which "
                "for a drawing means finding the ink, scaling and centring. Say when the network is unsure, and say "
                "nothing where there is no ink. Draw below; the time is measured on this server, for your digit.",
                "deploy",
                "draw",
                "Draw, upload or photograph a digit",
            ),
        ),
    ),
)

"""Questions 27 to 31: further exercises."""

from core.config import TrainConfig
from core.learn.experiments.samples import SHIFT
from core.learn.questions.question import Chapter, Question, Trial

_SHORT = TrainConfig(hidden_size=64, epochs=6, training_size=10_000)
_SCARCE = TrainConfig(hidden_size=256, epochs=15, training_size=2_000)

CHAPTERS = (
    Chapter(
        "Further exercises",
        (
            Question(
                27,
                "How do you experiment with different neural network architectures for MNIST digit classification?",
                "Keep everything else equal (images, epochs, seed) and change width, depth or kind. Compare at "
                "equal cost as well: parameters say what a network can hold, multiplications what an image takes. "
                "In 8 epochs a linear classifier reached 91.86% of the validation images here, 784-128-10 97.80%. "
                "The small CNN reached 98.14% in 3 epochs, which is no less work: it has a third of the weights, "
                "but each image takes 3.5 times the multiplications, because its filters are used at every place of "
                "the image (LeCun et al. 1998).",
                "architecture",
                "train?architecture=cnn&epochs=2",
                "Train a small CNN",
                settings=("linear", "mlp", "cnn"),
            ),
            Question(
                28,
                "How do you apply data augmentation techniques to improve model robustness?",
                "Train on what the network will meet: shifts for sloppy cropping, rotations for tilted paper, erasing "
                "for dirt. Or remove the variation before the network sees it, as MNIST does: crop, scale to 20 "
                "pixels, centre by mass. What can be undone need not be learned. Move the digits below and watch the "
                "demo run fail, then see them centred first; train two networks, one of them on shifted digits, and "
                "compare what they read of the same moved digits. Robustness shows how fast accuracy falls as images "
                "get worse, and trains a network that falls later.",
                "robustness",
                "robustness?run=demo",
                "See what a network still reads",
                (
                    Trial("Trained as they are", _SHORT),
                    Trial("Trained with shifts", _SHORT.replace(shift=SHIFT)),
                ),
            ),
            Question(
                29,
                "How do you test the MNIST neural network model on different digit datasets?",
                "Bring the other images into the form of MNIST’s (28 × 28, light ink on black, centred by mass) and "
                "have the network read them as it is, without training on them. Accuracy falls: other people, other "
                "pens, other scanners. That fall says more about a model than another decimal of its test "
                "accuracy. scikit-learn ships 1,797 digits by 13 writers; USPS, QMNIST and SVHN can be downloaded. "
                "MNIST’s 1 is a plain stroke, so a 1 with a long upstroke, as many people write it, is often read as a "
                "4. Import pictures of your own for testing only, and Evaluate says how the network reads your hand.",
                "other_digits",
                "evaluate?run=demo&tested_on=sklearn-digits",
                "Evaluate the demo run on them",
            ),
            Question(
                30,
                "How do you integrate more advanced regularization methods into the MNIST neural network model?",
                "Label smoothing keeps logits from growing without bound; mixup trains on blends of two images and "
                "their labels. Batch normalisation has two modes: in training it uses the mean and deviation of the "
                "batch, whose noise regularises a little; in evaluation it uses running averages, which is why "
                "`model.eval()` matters. Gradient clipping limits the length of a step: that makes training stable, "
                "it does not regularise. In the demo, on 2,000 images, accuracies differ no more than from seed to "
                "seed. The losses say more: smoothed labels and mixup leave the network less sure, so it fits its "
                "training images less closely, and its validation loss is higher all the same. Switch on one at a "
                "time: together they can be too much.",
                "losses",
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
                "Ship the weights and what little it takes to use them, not the training library: export to ONNX for "
                "onnxruntime, or compute the few products with NumPy, which reads a digit in well under a millisecond "
                "and starts in a tenth of a second. Serve it over HTTP, as the second snippet does. Prepare the input "
                "as in training, which for a drawing means finding the ink, scaling and centring. Say when the network "
                "is unsure, and say nothing where there is no ink. Draw below: the time is measured on this server, "
                "for your digit.",
                "deploy",
                "draw",
                "Draw, upload or photograph a digit",
            ),
        ),
    ),
)

"""Questions 12 to 18: training and evaluation."""

from core.config import TrainConfig
from core.learn.questions.question import Chapter, Question, Trial

_SMALL = TrainConfig(hidden_size=64, epochs=3, training_size=10_000)

CHAPTERS = (
    Chapter(
        "Training the neural network model",
        (
            Question(
                12,
                "How do you set up the training loop for the MNIST neural network in PyTorch?",
                "For every epoch, for every batch: forward, loss, gradients to zero, backward, step. After each epoch "
                "the validation images are read without training on them. Digit Lab’s loop is a generator: it yields "
                "what happens and leaves it to pages, tests and the command line to show it. Its backward pass is "
                "written out, since on layers this small autograd’s bookkeeping takes longer than the arithmetic; "
                "the tests compare the two.",
                "train",
                "train?backend=numpy&hidden_size=32",
                "Train it with NumPy alone",
                (Trial("NumPy from scratch", _SMALL.replace(backend="numpy")),),
            ),
            Question(
                13,
                "How do you train the neural network on the MNIST dataset?",
                "Give the loop a config and the data and take its events. On this page a worker process does that, "
                "because training inside the web server would make every page wait. The same from the command line: "
                "`python -m core train --hidden-size 64 --epochs 3`. On the same machine, the same config, data and "
                "thread count give the same numbers; on another, the accuracy may differ by a tenth of a point.",
                "train",
                "train?hidden_size=64&epochs=3&training_size=10000",
                "Train with these settings",
                (Trial("784-64-10", _SMALL),),
            ),
            Question(
                14,
                "How do you monitor training progress during the training process?",
                "Watch the training loss batch by batch and the validation loss epoch by epoch. While both fall, it "
                "learns; when training falls and validation rises, it overfits; when the loss jumps or is not a "
                "number, the learning rate is too high. Here the worker reports ten times a second, and a few fixed "
                "validation digits show what the network reads at that moment. Test images are not looked at.",
                "train",
                "train?learning_rate=2&optimizer=sgd&schedule=constant",
                "Train with too high a rate and watch it",
                (
                    Trial("A good rate", _SMALL.replace(epochs=5)),
                    Trial("Too high", _SMALL.replace(epochs=5, learning_rate=0.1)),
                ),
            ),
        ),
    ),
    Chapter(
        "Evaluating the model",
        (
            Question(
                15,
                "How do you make predictions using the trained MNIST neural network?",
                "Prepare the image exactly as the training images were, go forward, apply softmax, and take the digit "
                "with the highest probability. In PyTorch switch to `model.eval()` and `torch.no_grad()` before: "
                "dropout and batch normalisation behave differently in training, and no gradients are needed. "
                "Digit Lab’s server predicts with NumPy on the saved weights.",
                "predict",
                "draw?source=test&digit=8",
                "Follow test digit 8 into the network",
            ),
            Question(
                16,
                "How do you calculate the accuracy of the MNIST neural network model?",
                "Count the images whose most probable digit is their label and divide by the number of images. An "
                "accuracy is measured on a sample and has an error: on 100 images, 97% may stand for anything from "
                "92% to 99%. Wilson’s interval (1927) says how far to trust it. Move the slider and watch it shrink.",
                "accuracy",
                "evaluate?run=demo",
                "Evaluate the demo run",
            ),
            Question(
                17,
                "How do you visualize the performance of the MNIST neural network model?",
                "Draw loss and accuracy over the epochs, training and validation in one chart. The training line is "
                "counted batch by batch while the weights still change, with dropout and augmentation on, so it says "
                "less than the trained network would reach on the same images: measure those again before you call "
                "the gap overfitting (“Measure afterwards” on Train). The first layer’s weights can be shown as "
                "pictures, the mistakes as a gallery, the confusions as a matrix. Digit Lab computes the points of a "
                "chart in one function and draws them in another, so that the numbers can be tested.",
                "curves",
                "errors?run=demo",
                "See the demo run’s errors",
            ),
            Question(
                18,
                "How do you create a confusion matrix to evaluate the performance of the MNIST digit classification "
                "model?",
                "Count every image in the cell of its true digit (row) and the digit that was read (column). The "
                "diagonal holds the correct answers; every other cell is a kind of mistake. One `bincount` of "
                "row × 10 + column does it. Shares of a row say how a digit is misread (recall), shares of a column "
                "how far a reading can be trusted (precision).",
                "confusion",
                "evaluate?run=demo",
                "Click into the demo run’s matrix",
            ),
        ),
    ),
)

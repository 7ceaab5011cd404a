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
                "For every epoch and every batch: set the gradients to zero, run the forward pass, compute the loss, "
                "go backward, take a step. After each epoch, read the validation images without training on them. "
                "Digit Lab’s loop is a generator: it yields what happens and leaves it to pages, tests and the command "
                "line to show it. Its backward pass is written out, since on layers this small the bookkeeping of "
                "autograd takes longer than the arithmetic; the tests compare the two.",
                "train",
                "train?backend=numpy&hidden_size=32",
                "Train it with NumPy alone",
                (Trial("NumPy from scratch", _SMALL.replace(backend="numpy")),),
            ),
            Question(
                13,
                "How do you train the neural network on the MNIST dataset?",
                "Call the loop of question 12 once per epoch. On this page a worker process trains, because training "
                "inside the web server would make every page wait. The command line does the same: `python -m core "
                "train --hidden-size 64 --epochs 3`. On the same machine, the same config, data and thread count give "
                "the same numbers; on another, the accuracy may differ by a tenth of a point.",
                "train",
                "train?hidden_size=64&epochs=3&training_size=10000",
                "Train with these settings",
                (Trial("784-64-10", _SMALL),),
            ),
            Question(
                14,
                "How do you monitor training progress during the training process?",
                "Print a line per epoch: training loss, validation loss and validation accuracy. For a progress bar, "
                "loop over `tqdm(train_loader)`; for charts that grow while it trains, call `add_scalar` on a "
                "`SummaryWriter` from `torch.utils.tensorboard`. While both losses fall, the network learns; when only "
                "the training loss falls, it overfits; when the loss jumps or is not a number, the learning rate is "
                "too high. Digit Lab’s worker reports ten times a second and shows what the network reads in a few "
                "fixed validation digits. Leave the test images alone until the end.",
                "losses",
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
                "Prepare the image exactly as the training images were, run the forward pass, apply softmax, and take "
                "the digit with the highest probability. Call `model.eval()` first: dropout and batch normalisation "
                "behave differently in training. Put the forward pass inside `with torch.no_grad():`, since no "
                "gradients are needed. Indices count from 0: `test_dataset[8]` is the ninth image, a 5. Digit Lab’s "
                "server predicts with NumPy on the saved weights.",
                "predict",
                "draw?source=test&digit=8",
                "Follow test image 8, a 5, into the network",
            ),
            Question(
                16,
                "How do you calculate the accuracy of the MNIST neural network model?",
                "Count the images whose most probable digit is their label and divide by the number of images. An "
                "accuracy is measured on a sample, so it has an error: on 100 images, 97% may mean anything from 92% "
                "to 99%. Wilson’s interval (1927) says how far to trust it. Move the slider and watch it shrink.",
                "accuracy",
                "evaluate?run=demo",
                "Evaluate the demo run",
            ),
            Question(
                17,
                "How do you visualize the performance of the MNIST neural network model?",
                "Plot loss and accuracy by epoch, training and validation in one chart. The training line is measured "
                "batch by batch while the weights still change, with dropout and augmentation on, so it is lower than "
                "what the trained network reaches on the same images: measure again before you call the gap "
                "overfitting (“Measure afterwards” on Train). The first layer’s weights can be shown as pictures, the "
                "mistakes as a gallery, the confusions as a matrix. Digit Lab computes the points of a chart in one "
                "function and draws them in another, so that the numbers can be tested.",
                "curves",
                "errors?run=demo",
                "See the demo run’s errors",
            ),
            Question(
                18,
                "How do you create a confusion matrix to evaluate the performance of the MNIST digit classification "
                "model?",
                "Count every image in the cell of its true digit (row) and the digit that was read (column): "
                "`confusion_matrix` of scikit-learn does that, and so does one `bincount` of row × 10 + column. The "
                "diagonal holds the correct answers; every other cell is a kind of mistake. Shares of a row say how "
                "often a digit is read correctly (recall), shares of a column how far a reading can be trusted "
                "(precision).",
                "confusion",
                "evaluate?run=demo",
                "Click into the demo run’s matrix",
            ),
        ),
    ),
)

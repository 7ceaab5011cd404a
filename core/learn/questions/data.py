"""Questions 1 to 6: the environment and the data."""

from core.learn.questions.question import Chapter, Question

CHAPTERS = (
    Chapter(
        "Setting up the environment",
        (
            Question(
                1,
                "How do you install the necessary libraries for working with the MNIST dataset in PyTorch?",
                "Into an environment of their own, so that no other project is disturbed: `python -m venv .venv`, then "
                "`.venv/bin/pip install -r requirements.txt`; `make run` does both. Install torch and torchvision "
                "in one command: they are built for each other, and a torchvision beside another torch fails to "
                "import. The file names what is needed directly, with ranges; `constraints.txt` holds the exact "
                "versions that were tested.",
                "packages",
                "runs",
                "Runs, and what they were trained with",
            ),
            Question(
                2,
                "How do you import the required modules for MNIST digit classification?",
                "With `import torch`, `from torch import nn` and, for the data, `import numpy as np`. An import runs "
                "the module, and that takes time: torch a second or more, NumPy a tenth of one. That is why Digit "
                "Lab’s server never imports torch: its workers do, each once. What a module needs is at its top; "
                "what is dear and seldom needed is imported inside the function that needs it.",
                "imports",
                "train",
                "Train, in a worker that has imported torch",
            ),
        ),
    ),
    Chapter(
        "Loading and preprocessing the data",
        (
            Question(
                3,
                "How do you download the MNIST dataset using PyTorch?",
                "`torchvision.datasets.MNIST(root, download=True)` fetches four files and checks their MD5 sums. They "
                "are IDX files: a magic number that names type and dimensions, the sizes, then one byte a pixel. The "
                "original address has stopped answering for years at a time, so Digit Lab carries the four files with "
                "it and compares their SHA-256 sums whenever it reads them. `python -m core download` fetches MNIST "
                "and its relatives through torchvision, with progress.",
                "idx_file",
                "datasets",
                "Download MNIST and its relatives",
            ),
            Question(
                4,
                "How do you normalize the MNIST data for neural network training?",
                "Divide by 255, subtract a mean and divide by a deviation, so that pixels lie around 0 with a spread "
                "of about 1. Hidden sums are then of a size at which activations are not linear and steps of the "
                "usual length fit. Take both numbers from the training images only and use the same two for "
                "validation, test and "
                "drawings: a test image must not have a say in how it is prepared. For 0–1 they are 0 and 1, for −1–1 "
                "they are 0.5 and 0.5.",
                "normalisation",
                "train?normalisation=minus_one_one",
                "Train with pixels from −1 to 1",
            ),
            Question(
                5,
                "How do you split the MNIST data into training and testing sets?",
                "MNIST comes split: 60,000 images to learn from and 10,000 to test on, written by other people. What "
                "is missing is a validation set, on which settings are compared and the moment to stop is chosen; "
                "Digit Lab sets 5,000 of the 60,000 aside for it. A stratified split takes the same share of every "
                "digit. The seed decides which images, so that two runs can be measured on the same ones.",
                "splits",
                "train?validation_size=10000&split=random",
                "Train with 10,000 images for validation",
            ),
            Question(
                6,
                "How do you create data loaders for the MNIST dataset in PyTorch?",
                "`DataLoader(dataset, batch_size=64, shuffle=True)` for training, without shuffle for the test; the "
                "dataset must give tensors, not pictures. A loader fetches images one by one and stacks them: fine "
                "for files on a disk, slow for MNIST, which fits into memory whole. Digit Lab keeps all images in one "
                "tensor and takes a batch by its positions. The order is drawn again in every epoch from the seed.",
                "batches",
                "train?batch_size=256",
                "Train with batches of 256",
            ),
        ),
    ),
)

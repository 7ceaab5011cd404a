"""Questions 1 to 6: the environment and the data."""

from core.learn.questions.question import Chapter, Question

CHAPTERS = (
    Chapter(
        "Setting up the environment",
        (
            Question(
                1,
                "How do you install the necessary libraries for working with the MNIST dataset in PyTorch?",
                "Install them into an environment of their own, so that they do not interfere with other projects: "
                "`python -m venv .venv`, then `.venv/bin/pip install …`. Name torch and torchvision in one command: "
                "they are built for each other, and a torchvision that does not match its torch fails to import. "
                "Digit Lab’s `requirements.txt` lists what it needs directly, with ranges of versions; "
                "`constraints.txt` holds the exact versions that were tested, and `make run` installs them.",
                "packages",
                "runs",
                "Runs, and what they were trained with",
            ),
            Question(
                2,
                "How do you import the required modules for MNIST digit classification?",
                "Put them at the top, in one block: `torch` for tensors, `torch.nn` for layers and losses, "
                "`DataLoader` for batches, torchvision’s `datasets` and `transforms` for the images, NumPy and "
                "Matplotlib to compute and to plot. Set the seed right below. An import runs the module, which takes "
                "time: a second or more for torch, a tenth of one for NumPy. Digit Lab’s server therefore never "
                "imports torch: each of its workers does so once, when it starts. A package that is slow to import "
                "and seldom needed can be imported inside the function that uses it.",
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
                "`torchvision.datasets.MNIST(root, download=True)` downloads four files and checks their MD5 sums. "
                "They are IDX files: a magic number that gives type and number of dimensions, the sizes, then one "
                "byte per pixel. The original server has been unreachable for years at a time, so Digit Lab comes "
                "with the four files and compares their SHA-256 sums whenever it reads them. `python -m core "
                "download` fetches MNIST and its relatives through torchvision and shows its progress.",
                "idx_file",
                "datasets",
                "Download MNIST and its relatives",
            ),
            Question(
                4,
                "How do you normalize the MNIST data for neural network training?",
                "Divide by 255, subtract the mean and divide by the standard deviation, so that pixels lie around 0 "
                "with a spread of about 1. The hidden sums are then of a size that suits activations and usual "
                "learning rates. Take both numbers from the training images only, and use the same two for validation, "
                "test and drawings: test images must not influence how they are prepared. For pixels from 0 to 1 the "
                "two numbers are 0 and 1, for pixels from −1 to 1 they are 0.5 and 0.5.",
                "normalisation",
                "train?normalisation=minus_one_one",
                "Train with pixels from −1 to 1",
            ),
            Question(
                5,
                "How do you split the MNIST data into training and testing sets?",
                "MNIST comes split: 60,000 images to learn from and 10,000 to test on, written by other people. What "
                "is missing is a validation set, on which settings are compared and the moment to stop is chosen; "
                "Digit Lab sets aside 5,000 of the 60,000 for it. They are by the same writers as the training images, "
                "so they say less about new handwriting than the test images do. A stratified split takes the same "
                "share of every digit. The seed decides which images these are, so that runs can be compared on the "
                "same ones.",
                "splits",
                "train?validation_size=10000&split=random",
                "Train with 10,000 images for validation",
            ),
            Question(
                6,
                "How do you create data loaders for the MNIST dataset in PyTorch?",
                "Use `DataLoader(dataset, batch_size=64, shuffle=True)` for training, and no shuffling for validation "
                "and test; the dataset must return tensors, not pictures. A loader fetches images one by one and "
                "stacks them: fine for files on a disk, slow for MNIST, all of which fits into memory. Digit Lab keeps "
                "all images in one tensor and picks a batch by its indices. A new order is drawn for every epoch, "
                "from the seed.",
                "batches",
                "train?batch_size=256",
                "Train with batches of 256",
            ),
        ),
    ),
)

"""What the sidebar says about every setting: help texts, names of choices, steps of sliders."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

HELP: Mapping[str, str] = MappingProxyType(
    {
        "dataset": "Which images to train on. The page Datasets shows them and imports others.",
        "backend": "PyTorch is fast and supports every setting. The NumPy backend is written to be read.",
        "hidden_size": "Units (neurons) in each hidden layer. More units can learn more, but take longer.",
        "hidden_layers": "Layers between the pixels and the logits. 0 is a linear classifier.",
        "learning_rate": "How far the weights move against the gradient in each step.",
        "batch_size": "Images per step. Small batches: many noisy steps; large ones: few steady steps.",
        "epochs": "How many times the network sees each training image.",
        "seed": "Draws the first weights, the order of the images and the dropout masks. On the same machine with "
        "the same number of threads, the same seed gives the same result.",
        "architecture": "A linear classifier, fully connected layers, or two convolutions before these.",
        "filters": "Filters of the first convolution; the second has twice as many.",
        "widths": "Units of each hidden layer, separated by commas, such as 256,128. Overrides Hidden size and "
        "Hidden layers.",
        "activation": "The non-linearity between layers. Without one, several layers are no more than one.",
        "bias": "A number that each unit adds to its sum.",
        "batch_norm": "Brings the sums of each unit to the same scale over every batch.",
        "dropout": "Share of hidden units that are silenced at random in each step.",
        "initialisation": "How the first weights are drawn. Automatic fits the activation; zeros never learn.",
        "initial_range": "With uniform initialisation, weights are drawn between minus and plus this number.",
        "loss": "What training minimises: cross entropy, or half the summed squared error between logits and one-hot "
        "labels.",
        "label_smoothing": "Share of probability that is moved from the true label to all labels.",
        "optimizer": "How a gradient becomes a step.",
        "schedule": "How the learning rate changes during training.",
        "warm_up": "Epochs in which the learning rate rises linearly from 0.",
        "weight_decay": "Pulls weights towards 0 in each step.",
        "gradient_clipping": "Gradients longer than this are shortened to it. 0 is off.",
        "patience": "Stop after this many epochs without a new best validation loss, and keep the best. 0 is off.",
        "teacher": "The id of a run to learn from: its answers on the same images are used as well as the labels.",
        "teacher_share": "How much the teacher counts: 0 is the labels alone, 1 the teacher alone.",
        "temperature": "Softens the teacher’s answers: the higher, the more the less likely classes count.",
        "shuffle": "A new order of the images in every epoch.",
        "mixup": "Mixes pairs of images and their labels; the larger, the more evenly. 0 is off.",
        "rotation": "Rotates each image by up to this many degrees.",
        "shift": "Shifts each image by up to this many pixels.",
        "zoom": "Makes each image larger or smaller by up to this share.",
        "shear": "Shears each image by up to this many degrees.",
        "elastic": "Distorts each image like rubber, by this many pixels on average.",
        "erasing": "Share of images in which a rectangle is blotted out.",
        "training_size": "Train on at most this many images.",
        "validation_size": "Images set aside to choose settings; at most a fifth of all, a third if split in order.",
        "test_size": "Images set aside for the final test if a dataset has no test images of its own.",
        "split": "Which images are set aside: the same share of every class, any, or the last in the file.",
        "split_seed": "Draws the images that are set aside. Separate from Seed, so that runs stay comparable.",
        "normalisation": "How pixels are scaled before the network sees them.",
        "label_noise": "Share of training images that get a wrong label, to see the effect.",
        "imbalance": "How much rarer the last class is than the first. 0.9 leaves it a tenth of its images.",
        "corrections": "Labels to change: 12:5:3 moves image 12 from class 5 to class 3, "
        "45:9:x leaves image 45 out. They change training images only.",
    }
)

_BACKENDS = {"torch": "PyTorch", "numpy": "NumPy from scratch"}
CHOICES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "backend": _BACKENDS,
        "architecture": {"mlp": "Fully connected (MLP)", "linear": "Linear", "cnn": "Small CNN"},
        "activation": {"relu": "ReLU", "tanh": "tanh", "sigmoid": "Sigmoid", "none": "None"},
        "initialisation": {
            "auto": "Automatic",
            "he": "He",
            "xavier": "Xavier",
            "uniform": "Uniform",
            "zeros": "Zeros",
        },
        "loss": {"cross_entropy": "Cross entropy", "squared_error": "Squared error"},
        "optimizer": {"sgd": "SGD", "momentum": "SGD with momentum", "adam": "Adam", "adamw": "AdamW"},
        "schedule": {
            "constant": "Constant",
            "step": "Step",
            "cosine": "Cosine",
            "one_cycle": "One cycle",
            "plateau": "Reduce on plateau",
        },
        "split": {"stratified": "Stratified", "random": "Random", "in_order": "In order"},
        "normalisation": {
            "standardise": "Standardise",
            "zero_one": "0 to 1",
            "minus_one_one": "−1 to 1",
            "none": "None (0 to 255)",
        },
    }
)
"""What people read for each word of a choice; the URL has the word."""

STEPS: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {
        "hidden_size": (
            1,
            2,
            4,
            8,
            10,
            16,
            20,
            32,
            50,
            64,
            100,
            128,
            200,
            256,
            300,
            400,
            512,
            784,
            1024,
            1536,
            2048,
            4096,
        ),
        "hidden_layers": (0, 1, 2, 3, 4, 5, 6),
        "filters": (1, 2, 4, 8, 12, 16, 24, 32),
        "learning_rate": (*(float(f"{digit}e{power}") for power in range(-5, 1) for digit in (1, 2, 5)), 10.0),
        "batch_size": tuple(2**power for power in range(13)),
        "dropout": tuple(round(0.05 * step, 2) for step in range(19)),
        "initial_range": (0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0),
        "label_smoothing": (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5),
        "warm_up": (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0),
        "weight_decay": (0.0, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.1, 0.5, 1.0),
        "gradient_clipping": (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0),
        "patience": (0, 1, 2, 3, 5, 10, 20, 50),
        "teacher_share": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
        "temperature": (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 20.0),
        "mixup": (0.0, 0.1, 0.2, 0.4, 0.8, 1.0, 2.0),
        "rotation": (0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0),
        "shift": (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0),
        "zoom": (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5),
        "shear": (0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0),
        "elastic": (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0),
        "erasing": (0.0, 0.1, 0.25, 0.5, 0.75, 1.0),
        "training_size": (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 55_000, 100_000, 250_000),
        "validation_size": (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 12_000, 20_000),
        "test_size": (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000),
        "label_noise": (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0),
        "imbalance": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99),
    }
)
"""What a slider offers; any other permitted value that a link or a preset brings takes its place among them."""

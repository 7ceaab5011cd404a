"""Questions 19 to 26: saving, tuning, improving."""

from core.config import TrainConfig
from core.learn.questions.question import Chapter, Question, Trial
from core.runs.records import DEMO_RUN_ID

_SMALL = TrainConfig(hidden_size=64, epochs=3, training_size=5_000)
_SCARCE = TrainConfig(hidden_size=256, epochs=30, training_size=1_000, schedule="constant")
_FIVE_TIMES = 5
_NEW_DIGITS = TrainConfig(dataset="sklearn-digits", training_size=500, batch_size=16)
_TUNED = TrainConfig(hidden_size=128, epochs=2, training_size=2_000)

CHAPTERS = (
    Chapter(
        "Saving and loading the model",
        (
            Question(
                19,
                "How do you save the trained MNIST neural network model in PyTorch?",
                "Save the arrays by name, not the object: `torch.save(model.state_dict(), path)`. To train on later, "
                "save a checkpoint, which also holds the optimiser’s state and the epoch. What `torch.save` writes is "
                "a pickle, which can run any program when it is opened; safetensors holds numbers and nothing else. "
                "Store along with them what it takes to use them: the config, mean and standard deviation, class "
                "names. Write to a temporary name and move the file into place, so that nobody ever finds half of it.",
                "save_load",
                "runs",
                "Save a run’s model as a file",
            ),
            Question(
                20,
                "How do you load a saved MNIST neural network model in PyTorch?",
                "Build the network from its config, then load the arrays into it: `load_state_dict(torch.load(path, "
                "weights_only=True))`. It checks that every name and shape is there, so that loading into another "
                "architecture fails with a message instead of working by chance. With `weights_only=True`, the "
                "default since PyTorch 2.6, nothing in the file is run; any other pickle from somebody else must not "
                "be opened at all. Digit Lab refuses pickles by their first bytes. Try each of these below.",
                "save_load",
                "runs",
                "Import a model file",
            ),
        ),
    ),
    Chapter(
        "Hyperparameter tuning and optimization",
        (
            Question(
                21,
                "How do you perform hyperparameter tuning to improve the performance of the MNIST neural network?",
                "Change one thing at a time, or search several settings at random; compare on validation images, never "
                "on test images. The learning rate matters most: try values about a factor of three apart. Weed out "
                "what is unpromising with few images and epochs, then train the best at full length. Repeat the "
                "winners with other seeds: a difference of a tenth of a point may be chance.",
                "train",
                "train?learning_rate=0.005",
                "Train at 0.005, or let Train find a rate",
                tuple(Trial(f"Rate {rate:g}", _TUNED.replace(learning_rate=rate)) for rate in (0.0002, 0.003, 0.05)),
            ),
            Question(
                22,
                "What regularization techniques can you implement to prevent overfitting in the MNIST neural network?",
                "Use dropout, weight decay, early stopping or augmentation: each makes it harder to learn the "
                "training images by heart. More data beats them all. Overfitting shows in the losses: training "
                "falls while validation rises. For weight decay take `AdamW`, which shrinks each weight by a small "
                "share; `Adam(weight_decay=…)` adds an L2 penalty to the gradient and then rescales it like any "
                "other gradient. The demo trains on 1,000 images for 30 epochs without and with dropout, weight "
                "decay and early stopping, and on 5,000 images without any of them for the same number of steps. "
                "Compare the losses: accuracy hardly tells the first two apart.",
                "losses",
                "train?dropout=0.4&weight_decay=0.01&optimizer=adamw&patience=4",
                "Train with all three",
                (
                    Trial("Plain", _SCARCE),
                    Trial(
                        "Regularised",
                        _SCARCE.replace(dropout=0.4, weight_decay=0.01, optimizer="adamw", patience=4),
                    ),
                    Trial(
                        "Five times the images",
                        _SCARCE.replace(
                            training_size=_FIVE_TIMES * _SCARCE.training_size, epochs=_SCARCE.epochs // _FIVE_TIMES
                        ),
                    ),
                ),
            ),
            Question(
                23,
                "How do you use learning rate scheduling to adjust the learning rate during training?",
                "Begin with steps long enough to make progress and end with short ones that settle. A cosine schedule "
                "falls from the full rate to 0; one-cycle rises first; a step schedule cuts the rate to a tenth at one "
                "half and at three quarters; “reduce on plateau” halves it when validation no longer improves. A "
                "warm-up protects the first steps, when Adam’s running means are still rough. In PyTorch these are in "
                "`torch.optim.lr_scheduler`; call `scheduler.step()` after the optimiser’s. In Digit Lab the rate is "
                "one function of the step.",
                "schedule",
                "train?schedule=one_cycle&learning_rate=0.005",
                "Train with one cycle",
            ),
        ),
    ),
    Chapter(
        "Handling model improvements",
        (
            Question(
                24,
                "How do you apply data augmentation techniques to the MNIST dataset?",
                "Rotate, shift, scale, shear or distort every image a little, differently each time it is used, but "
                "never so far that a 6 becomes a 9. Do not mirror: a mirrored 2 is not a digit. torchvision’s "
                "`RandomAffine` changes one picture at a time; Digit Lab changes a whole batch of tensors at once, "
                "which takes a fraction of the time. Elastic distortions (Simard 2003) imitate an unsteady hand and "
                "help most with digits.",
                "augmentation",
                "train?rotation=10&shift=2&elastic=1",
                "Train with augmentation",
                settings=("rotation", "shift", "zoom", "shear", "elastic", "erasing"),
            ),
            Question(
                25,
                "How do you fine-tune the MNIST neural network model for better performance?",
                "Begin with trained weights instead of random ones and continue at a tenth of the rate: they are to "
                "be adjusted, not replaced. At the full rate, the network learns new digits sooner and forgets old "
                "ones. The demo run reads 85.71% of scikit-learn’s digits, which other people wrote, and 97.80% of "
                "MNIST’s. After one epoch of 500 of the new ones these are 96.31% and 94.96% at the full rate, "
                "91.64% and 97.54% at a tenth; after five epochs at a tenth, 96.59% and 97.15% (means of five "
                "seeds). Fine-tuning pays off where new images are few.",
                "fine_tune",
                f"train?start_from={DEMO_RUN_ID}&dataset=sklearn-digits&learning_rate=0.0001",
                "Fine-tune the demo run on other digits",
                tuple(
                    Trial(label, _NEW_DIGITS.replace(start_from=start, learning_rate=rate, epochs=epochs))
                    for label, start, rate, epochs in (
                        ("The full rate", DEMO_RUN_ID, 0.001, 1),
                        ("A tenth of the rate", DEMO_RUN_ID, 0.0001, 1),
                        ("A tenth, five epochs", DEMO_RUN_ID, 0.0001, 5),
                        ("From scratch", "", 0.001, 5),
                    )
                ),
            ),
            Question(
                26,
                "How do you evaluate the improvements made to the MNIST neural network model?",
                "Have both networks read the same images and count where they differ: mistakes that were repaired, "
                "and correct answers that were lost. Only these images tell the two apart. McNemar’s test, a sign "
                "test, says how likely a division this uneven is if both are equally good. Two accuracies, each "
                "with its own interval, say much less, because most images are easy for both.",
                "improvement",
                "evaluate?run=demo",
                "Evaluate, with intervals",
            ),
        ),
    ),
)

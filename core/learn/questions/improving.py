"""Questions 19 to 26: saving, tuning, improving."""

from core.config import TrainConfig
from core.learn.questions.question import Chapter, Question, Trial
from core.runs.records import DEMO_RUN_ID

_SMALL = TrainConfig(hidden_size=64, epochs=3, training_size=5_000)
_SCARCE = TrainConfig(hidden_size=256, epochs=30, training_size=1_000, schedule="constant")
_NEW_DIGITS = TrainConfig(dataset="sklearn-digits", training_size=500, batch_size=16)
_TUNED = TrainConfig(hidden_size=128, epochs=2, training_size=2_000)

CHAPTERS = (
    Chapter(
        "Saving and loading the model",
        (
            Question(
                19,
                "How do you save the trained MNIST neural network model in PyTorch?",
                "Save the arrays by name, not the object: `model.state_dict()`. `torch.save` writes a pickle, which "
                "can run any program when it is opened; safetensors holds numbers and nothing else, and opens at "
                "once. Put beside them what is needed to use them: the config, mean and deviation, class names. Write "
                "under another name and move the file into place, so that nobody ever finds half of it.",
                "save_load",
                "runs",
                "Save a run’s model as a file",
            ),
            Question(
                20,
                "How do you load a saved MNIST neural network model in PyTorch?",
                "Build the network from its config, then load the arrays into it, and check that every name and shape "
                "is there: `load_state_dict(…, strict=True)` does. Loading into another architecture must fail with a "
                "word, not work by chance. A pickle from somebody else must not be opened at all; Digit Lab refuses "
                "it by its first bytes. Try each of these below.",
                "save_load",
                "runs",
                "Bring a model file in",
            ),
        ),
    ),
    Chapter(
        "Hyperparameter tuning and optimization",
        (
            Question(
                21,
                "How do you perform hyperparameter tuning to improve the performance of the MNIST neural network?",
                "Change one thing at a time, or search at random over several; compare on validation images, never on "
                "test images. The learning rate matters most: try it in steps of about three. Use few images and "
                "epochs to sort out what is unpromising, then train the best at full length. Repeat the winners with "
                "another seed: a difference of a tenth of a point may be chance.",
                "train",
                "train?learning_rate=0.005",
                "Train at 0.005, or let Train find a rate",
                tuple(Trial(f"Rate {rate:g}", _TUNED.replace(learning_rate=rate)) for rate in (0.0002, 0.003, 0.05)),
            ),
            Question(
                22,
                "What regularization techniques can you implement to prevent overfitting in the MNIST neural network?",
                "Weight decay, dropout, early stopping, augmentation, and more data, which beats them all. Each takes "
                "away some freedom to learn the training images by heart. Overfitting shows when validation loss "
                "rises while training loss falls. Below, 1,000 images are learned for 30 epochs without and with "
                "dropout, weight decay and early stopping.",
                "train",
                "train?dropout=0.4&weight_decay=0.01&optimizer=adamw&patience=4",
                "Train with all three",
                (
                    Trial("Without", _SCARCE),
                    Trial("With", _SCARCE.replace(dropout=0.4, weight_decay=0.01, optimizer="adamw", patience=4)),
                ),
            ),
            Question(
                23,
                "How do you use learning rate scheduling to adjust the learning rate during training?",
                "Begin with steps that are long enough to get somewhere and end with short ones that settle. The "
                "cosine falls from the full rate to 0; one-cycle rises first; steps cut it to a tenth at half and "
                "three quarters; a plateau halves it when validation no longer improves. A warm-up protects the first "
                "steps, when Adam’s means are still rough. In PyTorch these are `torch.optim.lr_scheduler`; here it "
                "is one function of the step.",
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
                "Rotate, shift, scale, shear or distort every image a little, differently each time it is used; never "
                "so "
                "far that a 6 becomes a 9. Mirroring is out: a mirrored 2 is not a digit. torchvision has transforms "
                "for "
                "single pictures; Digit Lab changes a whole batch at once on tensors, which costs a fraction. Elastic "
                "distortions (Simard 2003) imitate the unsteady hand and help digits most.",
                "augmentation",
                "train?rotation=10&shift=2&elastic=1",
                "Train with augmentation",
                settings=("rotation", "shift", "zoom", "shear", "elastic", "erasing"),
            ),
            Question(
                25,
                "How do you fine-tune the MNIST neural network model for better performance?",
                "Begin with trained weights instead of random ones and go on at a tenth of the rate: they are to be "
                "adjusted, not replaced. At the full rate new digits are learned sooner and the old ones forgotten. "
                "The demo run reads 85.7% of scikit-learn’s digits, which other people wrote, and 97.8% of MNIST’s. "
                "After one epoch of 500 of the new ones these are 96.3% and 95.0% at the full rate, 91.6% and "
                "97.5% at a tenth; after five epochs at a tenth, 96.6% and 97.2% (means of five seeds). It pays "
                "where new images are few.",
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
                "Let both networks read the same images and count where they differ: mistakes that were repaired, and "
                "correct answers that were lost. Only those tell one from the other. The sign test says how likely "
                "such a division is if both are equally good. Two accuracies with their own intervals side by side say "
                "much less, because most images are easy for both.",
                "improvement",
                "evaluate?run=demo",
                "Evaluate, with intervals",
            ),
        ),
    ),
)

"""Questions 7 to 11: network, loss, optimiser."""

from core.learn.questions.question import Chapter, Question

CHAPTERS = (
    Chapter(
        "Building the neural network model",
        (
            Question(
                7,
                "How do you define the architecture of a neural network for MNIST digit classification using "
                "`nn.Module` in PyTorch?",
                "Derive a class from `nn.Module`, create the layers in `__init__` and use them in `forward`. PyTorch "
                "then knows all parameters, and can move them to another device and save them. The data dictate 784 "
                "inputs and 10 outputs; the widths in between are up to you. The last layer returns logits, without "
                "softmax: the loss takes care of that.",
                "architecture",
                "train?widths=256,128",
                "Train 784-256-128-10",
                settings=("mlp",),
            ),
            Question(
                8,
                "How do you initialize the weights and biases of the neural network?",
                "Draw the weights at random and set the biases to zero. Random, because units that start out equal "
                "get equal gradients and stay equal forever; of the right size, because a signal that doubles or "
                "halves in every layer soon explodes or vanishes. He’s rule (2015) suits ReLU, which halves the "
                "signal; Glorot’s, also called Xavier’s (2010), suits tanh. PyTorch’s own default draws from ±1/√n "
                "for n inputs. Choose zeros below to see that no signal gets through.",
                "initial_weights",
                "train?initialisation=zeros",
                "Train from zeros, and see why not",
            ),
            Question(
                9,
                "How do you choose activation functions for the layers in your neural network?",
                "Use ReLU in hidden layers unless you have a reason not to: it is cheap, and its slope of 1 passes "
                "gradients on undiminished. A ReLU unit whose sum is negative for every image is dead: it gets no "
                "gradient any more. Leaky ReLU and GELU let a little of the negative side through, so that units can "
                "recover. Sigmoid and tanh flatten at both ends, where the gradient all but vanishes; the sigmoid’s "
                "slope is nowhere above 0.25. Without an activation, several layers are no more than one. The output "
                "layer has none: its logits go to the loss, which applies softmax.",
                "activation",
                "train?activation=none&hidden_layers=3",
                "Train three layers without an activation",
            ),
        ),
    ),
    Chapter(
        "Defining the loss function and optimizer",
        (
            Question(
                10,
                "How do you select the appropriate loss function for MNIST digit classification?",
                "Use cross entropy, −log of the probability given to the correct digit: `nn.CrossEntropyLoss()` takes "
                "logits and integer labels. It follows from maximum likelihood, and its gradient is simply "
                "probability minus label, so that a confident mistake is corrected strongly. Squared error on "
                "the probabilities has almost no gradient there: the surer the mistake, the less it learns. Move the "
                "slider below to where the network is wrong. The squared error that Train offers is a different one: "
                "it compares the logits themselves with 0 and 1, half the sum over the classes. Its gradient, logit "
                "minus label, does not vanish, but even a correct logit counts as an error once it exceeds 1.",
                "loss",
                "train?loss=squared_error",
                "Train with squared error on the logits",
            ),
            Question(
                11,
                "How do you configure an optimizer for training the neural network?",
                "Start with `torch.optim.Adam(model.parameters(), lr=1e-3)`: Adam scales each weight’s step by the "
                "usual size of its gradients and tolerates a rate that is somewhat off. Plain SGD takes the gradient "
                "as it is and needs a rate about a hundred times higher on such a network; momentum keeps it moving "
                "along a valley. AdamW is Adam with weight decay done separately. Each optimiser needs a rate of its "
                "own, in the demo as well.",
                "optimiser",
                "train?optimizer=momentum&learning_rate=0.05",
                "Train with momentum",
            ),
        ),
    ),
)

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
                "Derive a class from `nn.Module`, make the layers in `__init__` and use them in `forward`. PyTorch "
                "then knows all parameters, can move them to another device and save them. 784 inputs and 10 outputs "
                "are given by the data; the widths in between are yours. The last layer gives scores, without "
                "softmax: the loss takes care of that.",
                "architecture",
                "train?widths=256,128",
                "Train 784-256-128-10",
                settings=("mlp",),
            ),
            Question(
                8,
                "How do you initialize the weights and biases of the neural network?",
                "Weights at random, biases at zero. Random, because units that begin equal get equal gradients and "
                "stay equal for ever; of the right size, because a signal that doubles or halves in every layer is "
                "gone after a few. He’s rule (2015) fits ReLU, which halves the signal; Glorot’s, also called "
                "Xavier’s (2010), fits tanh. Choose zeros below to see that nothing arrives.",
                "initial_weights",
                "train?initialisation=zeros",
                "Train from zeros, and see why not",
            ),
            Question(
                9,
                "How do you choose activation functions for the layers in your neural network?",
                "ReLU for hidden layers, unless you know why not: it is cheap, and its slope of 1 passes gradients on "
                "undiminished. Sigmoid and tanh flatten at both ends, where their slope and with it the gradient all "
                "but vanishes; the sigmoid’s slope is nowhere above 0.25. Without any activation, all layers together "
                "are one matrix. The output layer has none: its scores go to the loss, which applies softmax.",
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
                "Cross entropy, −log of the probability given to the right digit: `nn.CrossEntropyLoss()` on the "
                "scores. It follows from maximum likelihood, and its gradient is simply probability minus label, so "
                "that a confident mistake is corrected hard. Squared error on the probabilities has almost no "
                "gradient there: the surer the mistake, the less it learns. Move the slider below to where the "
                "network is wrong. The squared error that Train offers is another: it compares the raw scores with 0 "
                "and 1, half the sum over the classes. Its gradient, score minus label, does not vanish; but a right "
                "score beyond 1 counts as an error.",
                "loss",
                "train?loss=squared_error",
                "Train with squared error on the scores",
            ),
            Question(
                11,
                "How do you configure an optimizer for training the neural network?",
                "Choose Adam with a learning rate of 0.001 to begin with: it scales each weight’s step by how large "
                "its gradients usually are, and forgives a rate that is somewhat off. Plain SGD takes the gradient as "
                "it is and wants a rate about a hundred times higher on such a network; momentum keeps it going along "
                "a valley. Each optimiser needs a rate of its own, in the demo as well. In PyTorch it is "
                "`torch.optim.Adam(model.parameters(), lr=1e-3)`.",
                "optimiser",
                "train?optimizer=momentum&learning_rate=0.05",
                "Train with momentum",
            ),
        ),
    ),
)

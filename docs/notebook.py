"""The 31 questions answered in PyTorch: one script that grows from question to question.

Learn shows each cell with its question. Run it as a whole, or cell by cell in an editor that knows ``# %%``: it writes
``data/MNIST``, ``digits.pt``, ``checkpoint.pt`` and ``digits.onnx`` into the current folder.
"""

# %% Q1
# In a terminal, into an environment of its own:
#   python -m venv .venv
#   .venv/bin/pip install torch torchvision matplotlib scikit-learn onnx onnxscript onnxruntime
# Without a GPU, a smaller download will do for the first two: “Get started” on pytorch.org has the line for it.
# On Colab, the last three are missing. Run this in a cell of its own: %pip install onnx onnxscript onnxruntime
from importlib.metadata import version

for package in ("torch", "torchvision", "matplotlib", "scikit-learn", "onnx", "onnxscript", "onnxruntime"):
    print(f"{package:13}{version(package)}")

# %% Q2
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils import data
from torch.utils.data import DataLoader, Subset, TensorDataset
from torchvision import datasets, transforms

torch.manual_seed(0)  # the same numbers at every run on the same machine
random = np.random.default_rng(0)
print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads")

# %% Offline
# torchvision downloads MNIST unless its files are in data/MNIST/raw. Digit Lab brings them along, compressed: beside
# this notebook or above it. On Colab there are none, and the next cell downloads them.
import gzip
from pathlib import Path

raw = Path("data/MNIST/raw")
raw.mkdir(parents=True, exist_ok=True)
packed = [path for folder in (Path.cwd(), *Path.cwd().parents) for path in folder.glob("data/mnist/*-ubyte.gz")]
for path in packed[:4]:
    (raw / path.stem).write_bytes(gzip.decompress(path.read_bytes()))

# %% Q3
train_dataset = datasets.MNIST("./data", train=True, download=True)
test_dataset = datasets.MNIST("./data", train=False)
print(train_dataset)

picture, label = train_dataset[0]
print(f"{picture.size} pixels from {picture.getextrema()[0]} to {picture.getextrema()[1]}, label {label}")
plt.imshow(picture, cmap="gray")
plt.show()

# %% Q4
pixels = train_dataset.data.unsqueeze(1) / 255  # bytes (60000, 28, 28) → numbers from 0 to 1, (60000, 1, 28, 28)
print(f"mean {pixels.mean():.4f}, standard deviation {pixels.std():.4f}")  # of the training images alone

normalise = transforms.Normalize((0.1307,), (0.3081,))
transform = transforms.Compose([transforms.ToTensor(), normalise])  # for one picture
train_dataset = datasets.MNIST("./data", train=True, transform=transform)
test_dataset = datasets.MNIST("./data", train=False, transform=transform)

train_images = normalise(pixels)  # for all of them at once
test_images = normalise(test_dataset.data.unsqueeze(1) / 255)
print(f"from {train_images.min():.4f} to {train_images.max():.4f}")
print("picture by picture the same:", torch.allclose(train_dataset[0][0], train_images[0]))

# %% Q5
everything = TensorDataset(train_images, train_dataset.targets)
generator = torch.Generator().manual_seed(0)  # the same images at every run
train_set, val_set = data.random_split(everything, [55_000, 5_000], generator=generator)
test_set = TensorDataset(test_images, test_dataset.targets)  # other writers; looked at when all is decided
print(f"{len(train_set):,} to train on, {len(val_set):,} to validate on, {len(test_set):,} to test on")

print("digits 0 to 9 in validation:", torch.bincount(val_set[:][1]).tolist())
print("images in both:", len(set(train_set.indices) & set(val_set.indices)))


# %% Q6
picture_loader = DataLoader(train_dataset, batch_size=64, shuffle=True)  # transforms picture by picture, every epoch


def batches(dataset, size, shuffle=False, change=None):
    """Take each batch in one piece: these images are tensors already."""
    order = data.RandomSampler(dataset) if shuffle else data.SequentialSampler(dataset)
    sampler = data.BatchSampler(order, size, drop_last=False)
    return DataLoader(dataset, batch_size=None, sampler=sampler, collate_fn=change)


train_loader = batches(train_set, 128, shuffle=True)
val_loader, test_loader = batches(val_set, 1_000), batches(test_set, 1_000)
for loader in (picture_loader, train_loader):
    images, labels = next(iter(loader))
    print(f"{len(loader)} batches of {tuple(images.shape)}, labels {labels[:8].tolist()} …")


# %% Q7
class Network(nn.Module):
    def __init__(self, hidden=256, dropout=0.0):
        super().__init__()
        self.hidden = nn.Linear(28 * 28, hidden)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden, 10)

    def forward(self, images):
        units = torch.relu(self.hidden(images.flatten(1)))  # (B, 1, 28, 28) → (B, 784) → (B, hidden)
        return self.output(self.dropout(units))  # ten logits: the loss applies softmax


model = Network()
print(model, f"\n{sum(parameter.numel() for parameter in model.parameters()):,} parameters")


# %% Q8
def initialise(module):
    if isinstance(module, nn.Linear):
        nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")  # for tanh: nn.init.xavier_uniform_
        nn.init.zeros_(module.bias)


print(f"PyTorch’s default: within ±{model.hidden.weight.abs().max():.4f}; 1 / √784 = {784**-0.5:.4f}")
model.apply(initialise)
print(f"He’s rule: within ±{model.hidden.weight.abs().max():.4f}; √(6 / 784) = {(6 / 784) ** 0.5:.4f}")

# %% Arrays
x_train = train_dataset.data.reshape(60_000, 784).numpy().T  # one image per column
y_train = train_dataset.targets.numpy()[np.newaxis]
B2 = np.zeros((10, 1))
print(x_train, y_train, B2, sep="\n")
print(x_train.shape, y_train.shape, B2.shape)
plt.imshow(x_train[:, 0].reshape(28, 28), cmap="gray")  # a column is an image
plt.show()

# %% Q9
z = torch.linspace(-4, 4, 201, requires_grad=True)
for activation in (nn.ReLU(), nn.LeakyReLU(0.01), nn.GELU(), nn.Tanh(), nn.Sigmoid()):
    name, h = type(activation).__name__, activation(z)
    (slope,) = torch.autograd.grad(h.sum(), z)
    print(f"{name:10} slope {slope.min():5.2f} to {slope.max():.2f}, {(slope == 0).float().mean():4.0%} exactly 0")
    plt.plot(z.detach(), h.detach(), label=name)
plt.legend()
plt.show()

# %% Q10
loss_function = nn.CrossEntropyLoss()  # takes logits (B, 10) and integer labels (B,)
images, labels = next(iter(train_loader))
logits = model(images)
loss = loss_function(logits, labels)
by_hand = -logits.log_softmax(dim=1)[torch.arange(len(labels)), labels].mean()
print(f"loss {loss:.4f}, by hand {by_hand:.4f}; one in ten, evenly: {np.log(10):.4f}")

(pull,) = torch.autograd.grad(loss, logits)
expected = (logits.softmax(dim=1) - functional.one_hot(labels, 10)) / len(labels)
print("gradient is probability minus label:", torch.allclose(pull, expected, atol=1e-6))

# %% Q11
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
others = (  # each wants a rate of its own
    torch.optim.SGD(model.parameters(), lr=0.1),
    torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
    torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01),
)
for other in (optimizer, *others):
    print(type(other).__name__, "lr", other.defaults["lr"], "momentum", other.defaults.get("momentum", "–"))


# %% Q12
def train_epoch(network, loader, optimizer):
    network.train()  # dropout on; batch normalisation by the batch’s own statistics
    total = 0.0
    for images, labels in loader:
        optimizer.zero_grad()  # gradients would add up
        loss = loss_function(network(images), labels)  # forward
        loss.backward()  # the gradient of every weight
        optimizer.step()  # every weight a little against its gradient
        total += loss.item() * len(labels)
    return total / len(loader.dataset)  # measured while the weights were changing


# %% Q13
from time import perf_counter

started = perf_counter()
train_loss = train_epoch(model, train_loader, optimizer)
seconds = perf_counter() - started
print(f"epoch 1: training loss {train_loss:.4f}, {len(train_loader)} steps in {seconds:.1f} s")


# %% Q14
@torch.no_grad()
def evaluate(network, loader):
    network.eval()  # dropout off; batch normalisation by running statistics
    pairs = [(network(images), labels) for images, labels in loader]
    logits, labels = (torch.cat(parts) for parts in zip(*pairs, strict=True))
    return loss_function(logits, labels).item(), (logits.argmax(dim=1) == labels).float().mean().item()


history = []
for epoch in (2, 3):
    train_loss = train_epoch(model, train_loader, optimizer)
    val_loss, val_accuracy = evaluate(model, val_loader)
    history.append((epoch, train_loss, val_loss))
    print(f"epoch {epoch}: training loss {train_loss:.4f}, validation {val_loss:.4f}, {val_accuracy:.2%}")

# %% Q15
model.eval()
with torch.no_grad():
    images, labels = next(iter(test_loader))
    probabilities = model(images).softmax(dim=1)
confidence, predicted = probabilities.max(dim=1)
for index in (0, 1, 8):  # indices count from 0: index 8 is the ninth image, a 5
    print(f"image {index}: label {labels[index]}, read as {predicted[index]} with {confidence[index]:.1%}")

# %% Q16
correct = 0
model.eval()
with torch.no_grad():
    for images, labels in test_loader:
        correct += (model(images).argmax(dim=1) == labels).sum().item()
count = len(test_loader.dataset)
test_accuracy = correct / count
margin = 1.96 * (test_accuracy * (1 - test_accuracy) / count) ** 0.5  # 95%, for many images
print(f"test accuracy {test_accuracy:.2%} ± {margin:.2%}: {correct:,} of {count:,}")

# %% Q17
epochs, train_losses, val_losses = zip(*history, strict=True)
plt.plot(epochs, train_losses, marker="o", label="training")
plt.plot(epochs, val_losses, marker="o", label="validation")
plt.xlabel("epoch")
plt.ylabel("loss")
plt.legend()
figure, axes = plt.subplots(2, 8)
for axis, weights in zip(axes.flat, model.hidden.weight.detach(), strict=False):
    axis.imshow(weights.reshape(28, 28), cmap="PuOr_r", vmin=-0.2, vmax=0.2)  # stencils of 16 units
    axis.axis("off")
plt.show()

# %% Q18
from sklearn.metrics import ConfusionMatrixDisplay, classification_report, confusion_matrix

model.eval()
with torch.no_grad():
    pairs = [(labels, model(images).argmax(dim=1)) for images, labels in test_loader]
labels, predicted = (torch.cat(parts) for parts in zip(*pairs, strict=True))
matrix = confusion_matrix(labels, predicted)  # rows are true labels, columns predictions
print(matrix)
print(classification_report(labels, predicted, digits=3))
ConfusionMatrixDisplay(matrix).plot()
plt.show()

# %% Q19
torch.save(model.state_dict(), "digits.pt")  # the arrays by name, not the object
for name, array in model.state_dict().items():
    print(f"{name:14} {tuple(array.shape)}")

checkpoint = {"epoch": epoch, "model": model.state_dict(), "optimizer": optimizer.state_dict()}
torch.save(checkpoint, "checkpoint.pt")  # what it takes to train on

# %% Q20
loaded = Network()
loaded.load_state_dict(torch.load("digits.pt", weights_only=True))  # numbers only: nothing in the file is run
print("reads the same:", evaluate(loaded, test_loader) == evaluate(model, test_loader))

checkpoint = torch.load("checkpoint.pt", weights_only=True)
optimizer = torch.optim.Adam(loaded.parameters(), lr=2e-3)
optimizer.load_state_dict(checkpoint["optimizer"])  # Adam’s means as well: now train on from the next epoch
try:
    Network(hidden=64).load_state_dict(checkpoint["model"])
except RuntimeError as error:
    print("another width is refused:", str(error).splitlines()[1].strip())


# %% Q21
def fit(network, loader, epochs, **settings):
    optimizer = torch.optim.AdamW(network.parameters(), **settings)
    for _ in range(epochs):
        train_epoch(network, loader, optimizer)
    return evaluate(network, val_loader)


few_loader = batches(Subset(train_set, range(5_000)), 64, shuffle=True)
trials = []
for _ in range(3):
    rate, hidden = 10 ** random.uniform(-4, -1.5), int(random.choice([32, 128, 512]))
    trials.append((fit(Network(hidden), few_loader, 2, lr=rate)[1], rate, hidden))
    print(f"rate {rate:.5f}, {hidden:3} units: validation accuracy {trials[-1][0]:.2%}")
print("best:", max(trials))

# %% Q22
from copy import deepcopy

scarce_loader = batches(Subset(train_set, range(1_000)), 64, shuffle=True)
regular = Network(dropout=0.5)
optimizer = torch.optim.AdamW(regular.parameters(), lr=1e-3, weight_decay=0.1)  # Adam’s weight_decay is an L2 penalty
best_loss, waited = float("inf"), 0
while waited < 3:  # early stopping: three epochs without a better validation loss
    train_epoch(regular, scarce_loader, optimizer)
    val_loss, val_accuracy = evaluate(regular, val_loader)
    waited = 0 if val_loss < best_loss else waited + 1
    if waited == 0:
        best_loss, best_weights = val_loss, deepcopy(regular.state_dict())
regular.load_state_dict(best_weights)
print(f"best validation loss {best_loss:.4f}")

# %% Q23
scheduled = Network()
optimizer = torch.optim.Adam(scheduled.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
for _ in range(4):
    (rate,) = scheduler.get_last_lr()
    train_loss = train_epoch(scheduled, few_loader, optimizer)
    scheduler.step()  # after the optimiser, once per epoch
    print(f"rate {rate:.5f}: training loss {train_loss:.4f}")
print(f"validation accuracy {evaluate(scheduled, val_loader)[1]:.2%}")

# %% Q24
augment = transforms.RandomAffine(degrees=10, translate=(0.1, 0.1), scale=(0.9, 1.1), shear=5)
augmented = datasets.MNIST("./data", train=True, transform=transforms.Compose([augment, transform]))
augmented_loader = DataLoader(augmented, batch_size=64, shuffle=True)  # changed again at every use
images, labels = next(iter(augmented_loader))
print(f"one batch: {tuple(images.shape)}; never used for validation or test")

figure, axes = plt.subplots(2, 8)
for axis in axes.flat:
    axis.imshow(augmented[0][0][0], cmap="gray")  # the same image, sixteen times
    axis.axis("off")
plt.show()

# %% Q25
from sklearn.datasets import load_digits

digits = load_digits()  # 1,797 digits of 8 × 8 pixels, by other people
boxes = functional.interpolate(torch.tensor(digits.images).float().unsqueeze(1) / 16, size=20, mode="bilinear")
others = TensorDataset((functional.pad(boxes, (4, 4, 4, 4)) - 0.1307) / 0.3081, torch.tensor(digits.target))
new_set, other_set = data.random_split(others, [500, 1_297], generator=generator)

tuned = Network()
tuned.load_state_dict(torch.load("digits.pt", weights_only=True))  # begin with what it knows
tuned.hidden.requires_grad_(False)  # freeze the first layer
tuned.output = nn.Linear(256, 10)  # a new head
fit(tuned, batches(new_set, 16, shuffle=True), 5, lr=1e-3)
for name, network in (("before", model), ("after", tuned)):
    print(f"{name}: {evaluate(network, batches(other_set, 1_000))[1]:.2%} of the new digits")

# %% Q26
from scipy.stats import binomtest


def is_correct(network, loader):
    network.eval()
    with torch.no_grad():
        return torch.cat([network(images).argmax(dim=1) == labels for images, labels in loader])


before, after = is_correct(scheduled, val_loader), is_correct(model, val_loader)
repaired, lost = (after & ~before).sum().item(), (before & ~after).sum().item()
chance = binomtest(repaired, repaired + lost).pvalue  # McNemar’s test, exact
print(f"{repaired} repaired, {lost} lost; as uneven by chance: p = {chance:.2g}")

# %% Q27
from itertools import pairwise

convolutions = (nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5, padding=2), nn.ReLU())


def perceptron(*widths):
    layers = [layer for pair in pairwise(widths) for layer in (nn.Linear(*pair), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *layers[:-1])  # none after the last


networks = {
    "linear": perceptron(784, 10),
    "one layer": perceptron(784, 128, 10),
    "two layers": perceptron(784, 128, 64, 10),
    "CNN": nn.Sequential(*convolutions, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * 7 * 7, 10)),
}
for name, network in networks.items():
    parameters = sum(parameter.numel() for parameter in network.parameters())
    val_loss, val_accuracy = fit(network, few_loader, 1, lr=2e-3)
    print(f"{name:10} {parameters:7,} parameters, validation accuracy {val_accuracy:.2%}")

# %% Q28
background = -0.1307 / 0.3081  # what 0 becomes when it is normalised
shift = transforms.RandomAffine(degrees=0, translate=(3 / 28, 3 / 28), fill=background)


def shifted(batch):
    images, labels = batch
    return shift(images), labels  # another shift for every batch


sturdy = Network()
fit(sturdy, batches(Subset(train_set, range(20_000)), 128, shuffle=True, change=shifted), 2, lr=2e-3)
moved = batches(TensorDataset(test_images.roll((3, 3), dims=(2, 3)), test_dataset.targets), 1_000)
for name, network in (("plain", model), ("trained with shifts", sturdy)):
    print(f"{name}: {evaluate(network, test_loader)[1]:.2%}, moved by 3 and 3: {evaluate(network, moved)[1]:.2%}")

# %% Q29
images, labels = other_set.dataset.tensors  # scikit-learn’s digits, brought into MNIST’s form in Q25
model.eval()
with torch.no_grad():
    predicted = model(images).argmax(dim=1)
wrong = (predicted != labels).nonzero().flatten()
print(f"{1 - len(wrong) / len(labels):.1%} of {len(labels):,} other digits, {test_accuracy:.1%} of MNIST’s")

figure, axes = plt.subplots(2, 8)
for axis, index in zip(axes.flat, wrong, strict=False):
    axis.imshow(images[index, 0], cmap="gray")
    axis.set_title(f"{labels[index]} → {predicted[index]}")
    axis.axis("off")
plt.show()

# %% Q30
modern = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, 10))
smooth_loss = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.AdamW(modern.parameters(), lr=2e-3)
for images, labels in few_loader:
    share, order = random.beta(0.2, 0.2), torch.randperm(len(labels))
    logits = modern(share * images + (1 - share) * images[order])  # mixup: two images in one
    loss = share * smooth_loss(logits, labels) + (1 - share) * smooth_loss(logits, labels[order])
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(modern.parameters(), max_norm=1.0)
    optimizer.step()
print(f"validation accuracy {evaluate(modern, val_loader)[1]:.2%}")

# %% Q31 Export
import onnxruntime

model.eval()
names = {"input_names": ["images"], "output_names": ["logits"]}
shapes = {"images": {0: torch.export.Dim("count")}}  # any number of images at once
torch.onnx.export(model, (images[:2],), "digits.onnx", **names, dynamic_shapes=shapes, external_data=False)
session = onnxruntime.InferenceSession("digits.onnx")  # PyTorch is not needed any longer
(logits,) = session.run(None, {"images": images.numpy()})
print("largest difference:", abs(logits - model(images).detach().numpy()).max())

# %% Q31 Serve
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.request import urlopen


class Service(BaseHTTPRequestHandler):
    def do_POST(self):  # the body is one image: 784 bytes, 0 for background
        pixels = np.frombuffer(self.rfile.read(784), np.uint8).reshape(1, 1, 28, 28)
        (logits,) = session.run(None, {"images": np.float32((pixels / 255 - 0.1307) / 0.3081)})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(logits.argmax()).encode())


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
Thread(target=server.serve_forever, daemon=True).start()
answer = urlopen(f"http://127.0.0.1:{server.server_port}", test_dataset.data[0].numpy().tobytes()).read()
print(f"test image 0 over HTTP: {answer.decode()}, label {test_dataset.targets[0]}")
server.shutdown()

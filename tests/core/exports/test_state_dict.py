"""A state dict that PyTorch never wrote, read by PyTorch with the lines that come with it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.config import TrainConfig
from core.exports.state_dict import loading_lines, state_dict_bytes
from tests.core.exports.builders import CONFIGS, make_images, make_subject


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_the_lines_load_it_and_read_images(config: TrainConfig, tmp_path: Path) -> None:
    subject, images = make_subject(config), make_images()
    (tmp_path / "run.pt").write_bytes(state_dict_bytes(subject))
    program = {"__file__": str(tmp_path / "load.py")}
    exec(compile(loading_lines(subject, "run.pt"), "load.py", "exec"), program)
    probabilities = program["read"](torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(probabilities, subject.model.probabilities(images), rtol=0, atol=1e-5)


def test_its_tensors_are_the_weights_to_the_last_bit(tmp_path: Path) -> None:
    subject = make_subject(TrainConfig(hidden_size=5, hidden_layers=1, batch_norm=True))
    (tmp_path / "run.pt").write_bytes(state_dict_bytes(subject))
    tensors = torch.load(tmp_path / "run.pt", weights_only=True)
    names = {"0.weight": "layers.0.weight", "1.running_var": "norms.0.running_var", "3.bias": "layers.1.bias"}
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float32}
    for name, ours in names.items():
        assert np.array_equal(tensors[name].numpy(), subject.model.weights[ours])
    assert list(tensors) == [
        "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "3.weight", "3.bias",
    ]  # fmt: skip


def test_pytorch_writes_the_same_tensors_back(tmp_path: Path) -> None:
    """A file that PyTorch has rewritten holds the same: nothing in ours is read by accident."""
    subject = make_subject(TrainConfig(architecture="cnn", hidden_size=5))
    (tmp_path / "ours.pt").write_bytes(state_dict_bytes(subject))
    ours = torch.load(tmp_path / "ours.pt", weights_only=True)
    torch.save(ours, tmp_path / "theirs.pt")
    theirs = torch.load(tmp_path / "theirs.pt", weights_only=True)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert all(tensor.is_contiguous() for tensor in ours.values())

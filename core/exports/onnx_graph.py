"""A network as an ONNX graph, node by node: what any runtime reads, without PyTorch to write it."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE
from core.exports.subject import Subject
from core.models.numpy_model import NORM_EPSILON
from core.models.shapes import filter_counts

OPSET, IR_VERSION = 17, 8
"""Of 2022: runtimes of the last years read it, those of browsers and phones included."""
_OPERATORS = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid", "none": "Identity"}


def onnx_bytes(subject: Subject) -> bytes:
    """The file: input ``images`` float32 ``(N, 784)``, 0–255, outputs ``logits`` and ``probabilities`` ``(N, K)``.

    Pixels are normalised inside. Class names, run id and settings are in its metadata.

    References
    ----------
    ONNX operators: https://onnx.ai/onnx/operators/
    """
    from onnx import TensorProto, helper

    graph = _Graph(subject)
    x = graph.normalised()
    if subject.config.architecture == "cnn":
        x = graph.convolved(x)
    graph.probabilities(graph.dense(x))
    classes = len(subject.model.class_names)
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", classes]) for name in ("logits", "probabilities")
    ]
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", IMAGE_SIDE * IMAGE_SIDE])
    model = helper.make_model(
        helper.make_graph(graph.nodes, subject.run.run_id, [images], outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="Digit Lab",
        doc_string="images: float32 (N, 784), pixels row by row, 0 background, 255 full stroke.",
    )
    helper.set_model_props(model, _metadata(subject))
    data: bytes = model.SerializeToString()
    return data


def _metadata(subject: Subject) -> dict[str, str]:
    return {
        "run_id": subject.run.run_id,
        "name": subject.run.name,
        "class_names": json.dumps(subject.model.class_names, ensure_ascii=False),
        "config": subject.config.to_json(),
    }


class _Graph:
    """Nodes in the order in which they compute, each named by what it gives."""

    def __init__(self, subject: Subject) -> None:
        self.model, self.config = subject.model, subject.config
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def normalised(self) -> str:
        """``(pixel / 255 − mean) / std``, in the form that rounds least in single precision."""
        mean, std = 255 * self.model.normalisation.mean, 255 * self.model.normalisation.std
        centred = self._node("Sub", ["images", self._constant("mean", np.float32(mean))], "centred")
        return self._node("Mul", [centred, self._constant("scale", np.float32(1 / std))], "normalised")

    def convolved(self, x: str) -> str:
        """Features ``(N, F)`` of pixels ``(N, 784)``."""
        shape = np.array([-1, 1, IMAGE_SIDE, IMAGE_SIDE], dtype=np.int64)
        x = self._node("Reshape", [x, self._constant("image_shape", shape)], "square")
        for index in range(len(filter_counts(self.config))):
            name = f"convolutions.{index}"
            x = self._node("Conv", [x, *self._weights(name)], f"{name}.maps")
            x = self._node("Relu", [x], f"{name}.relu")
            x = self._node("MaxPool", [x], f"{name}.pooled", kernel_shape=[2, 2], strides=[2, 2])
        return self._node("Flatten", [x], "features", axis=1)

    def dense(self, x: str) -> str:
        """Logits ``(N, K)``."""
        hidden = len(self.config.hidden_widths)
        for index in range(hidden):
            x = self._node("Gemm", [x, *self._weights(f"layers.{index}")], f"layers.{index}.sums", transB=1)
            if self.config.batch_norm:
                x = self._norm(index, x)
            x = self._node(_OPERATORS[self.config.activation], [x], f"layers.{index}.output")
        return self._node("Gemm", [x, *self._weights(f"layers.{hidden}")], "logits", transB=1)

    def probabilities(self, logits: str) -> None:
        """As :func:`core.models.numpy_model.probabilities_of` has them."""
        if self.config.loss == "cross_entropy":
            self._node("Softmax", [logits], "probabilities", axis=1)
            return
        positive = self._node("Relu", [logits], "positive")
        axis, zero, one = (
            self._constant(name, value)
            for name, value in (("axis", np.array([1])), ("zero", np.float32(0)), ("one", np.float32(1)))
        )
        total = self._node("ReduceSum", [positive, axis], "total", keepdims=1)
        shares = self._node("Where", [self._node("Greater", [total, zero], "has_any"), positive, one], "any_shares")
        whole = self._node("ReduceSum", [shares, axis], "whole", keepdims=1)
        self._node("Div", [shares, whole], "probabilities")

    def _norm(self, index: int, x: str) -> str:
        names = (f"norms.{index}.{part}" for part in ("weight", "bias", "running_mean", "running_var"))
        inputs = [x, *(self._constant(name, self.model.weights[name]) for name in names)]
        return self._node("BatchNormalization", inputs, f"norms.{index}.output", epsilon=NORM_EPSILON)

    def _weights(self, layer: str) -> list[str]:
        """Names of a layer’s weight and, if it has one, its bias."""
        names = [name for name in (f"{layer}.weight", f"{layer}.bias") if name in self.model.weights]
        return [self._constant(name, self.model.weights[name]) for name in names]

    def _constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value).reshape(np.shape(value)), name))
        return name

    def _node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
        return output

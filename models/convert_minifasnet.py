"""MiniFASNet's state dictionaries (Silent-Face-Anti-Spoofing, Apache-2.0) to ONNX.

One converter for its variants: the layers' widths are read from the weights themselves, the order of the layers is fixed. Batch
normalisation is folded into the convolutions, and PRelu is written as `(1 - a) * relu(x) + a * x`, since the runtime's own PRelu took
most of the network's time.

Input `bgr`: float32 (n, 3, 80, 80), BGR, 0..255. Output `chances`: float32 (n, 3), softmax: printed or other flat attack, live, replayed.
"""

import numpy as np
from numpy.typing import NDArray

from models.onnx_graph import GraphWriter, SourceUnreadable
from models.torch_file import Weights, read_state

SIDE_PX = 80
CLASSES = 3
_EPSILON = 1e-5
_STAGES = (("conv_23", "conv_3"), ("conv_34", "conv_4"), ("conv_45", "conv_5"))
"""A halving block, then a row of blocks that add to what they get."""


def convert(content: bytes) -> bytes:
    """Return the ONNX file for a `.pth` file's bytes. Raises SourceUnreadable."""
    weights = {name.removeprefix("module."): value for name, value in read_state(content).items()}
    try:
        return _Writer(weights).network()
    except KeyError as trouble:
        raise SourceUnreadable(f"the file has no {trouble.args[0]}: it is no MiniFASNet") from trouble


class _Writer:
    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.graph = GraphWriter("minifasnet")

    def network(self) -> bytes:
        graph = self.graph
        value = graph.add_input("bgr", ["n", 3, SIDE_PX, SIDE_PX])
        value = self._activated(value, "conv1", stride=2, padding=1)
        value = self._activated(value, "conv2_dw", stride=1, padding=1)
        for halving, row in _STAGES:
            value = self._block(value, halving, stride=2)
            for number in range(self._blocks(row)):
                name = f"{row}.model.{number}"
                inner = self._block(value, name, stride=1)
                if f"{name}.se_module.fc1.weight" in self._weights:
                    inner = self._excited(inner, f"{name}.se_module")
                value = graph.apply("Add", inner, value)
        value = self._activated(value, "conv_6_sep", stride=1, padding=0)
        value = self._convolved(value, "conv_6_dw.conv", "conv_6_dw.bn", stride=1, padding=0)
        value = graph.apply("Flatten", value)
        gain, shift = self._normalisation("bn")
        value = graph.apply("MatMul", value, graph.constant((self._weights["linear.weight"] * gain[:, None]).T.astype(np.float32)))
        value = graph.apply("Add", value, graph.constant(shift.astype(np.float32)))
        value = graph.apply("MatMul", value, graph.constant(self._weights["prob.weight"].T.astype(np.float32)))
        graph.add_output("chances", graph.apply("Softmax", value, axis=1), ["n", CLASSES])
        return graph.to_bytes()

    def _blocks(self, row: str) -> int:
        return len({name.split(".")[2] for name in self._weights if name.startswith(f"{row}.model.")})

    def _block(self, value: str, name: str, stride: int) -> str:
        """A pointwise, a depthwise and a pointwise convolution; the last has no activation."""
        value = self._activated(value, f"{name}.conv", stride=1, padding=0)
        value = self._activated(value, f"{name}.conv_dw", stride=stride, padding=1)
        return self._convolved(value, f"{name}.project.conv", f"{name}.project.bn", stride=1, padding=0)

    def _activated(self, value: str, name: str, *, stride: int, padding: int) -> str:
        value = self._convolved(value, f"{name}.conv", f"{name}.bn", stride=stride, padding=padding)
        slope = self._weights[f"{name}.prelu.weight"].reshape(-1, 1, 1)
        positive = self.graph.apply("Mul", self.graph.apply("Relu", value), self.graph.constant((1.0 - slope).astype(np.float32)))
        return self.graph.apply("Add", positive, self.graph.apply("Mul", value, self.graph.constant(slope.astype(np.float32))))

    def _convolved(self, value: str, convolution: str, normalisation: str, *, stride: int, padding: int) -> str:
        kernel = self._weights[f"{convolution}.weight"].astype(np.float64)
        gain, shift = self._normalisation(normalisation)
        if kernel.ndim != 4 or len(gain) != kernel.shape[0]:
            raise SourceUnreadable(f"{convolution} is of a shape this network does not have")
        bias = self._weights.get(f"{convolution}.bias")
        offset = shift if bias is None else shift + gain * bias
        return self.graph.apply(
            "Conv",
            value,
            self.graph.constant((kernel * gain[:, None, None, None]).astype(np.float32)),
            self.graph.constant(offset.astype(np.float32)),
            strides=[stride] * 2,
            pads=[padding] * 4,
            group=kernel.shape[0] if kernel.shape[1] == 1 else 1,
        )

    def _excited(self, value: str, name: str) -> str:
        """Squeeze and excitation: each channel is weighed by a small network that sees all channels' means."""
        inner = self.graph.apply("GlobalAveragePool", value)
        inner = self._convolved(inner, f"{name}.fc1", f"{name}.bn1", stride=1, padding=0)
        inner = self._convolved(self.graph.apply("Relu", inner), f"{name}.fc2", f"{name}.bn2", stride=1, padding=0)
        return self.graph.apply("Mul", value, self.graph.apply("Sigmoid", inner))

    def _normalisation(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return a batch normalisation as gain and shift per channel."""
        mean, variance = (self._weights[f"{name}.running_{which}"].astype(np.float64) for which in ("mean", "var"))
        gain = self._weights[f"{name}.weight"].astype(np.float64) / np.sqrt(variance + _EPSILON)
        return gain, self._weights[f"{name}.bias"].astype(np.float64) - gain * mean

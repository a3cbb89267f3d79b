"""MediaPipe's face models (TFLite) to ONNX, with standard ONNX operators only.

TFLite keeps pictures as (n, height, width, channels), ONNX runs on (n, channels, height, width). Each value is therefore
known in up to two layouts, and a Transpose is written only where a consumer asks for the layout that is missing.
Inputs and outputs keep the TFLite names and shapes.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.onnx_graph import GraphWriter, SourceUnreadable
from models.tflite_attention import ATTENTION_OPERATORS
from models.tflite_file import Network, Operator, damage_named, read_network


def convert(content: bytes) -> bytes:
    """Return the ONNX file for a TFLite file's bytes. Raises SourceUnreadable."""
    network = read_network(content)
    with damage_named():
        return _Converter(network).run()


class _Converter:
    def __init__(self, network: Network) -> None:
        self.graph = GraphWriter("mediapipe", store_half=True)
        self._network = network
        self._constants: dict[int, NDArray[Any]] = {
            i: tensor.constant for i, tensor in enumerate(network.tensors) if tensor.constant is not None
        }
        self._channels_first: dict[int, str] = {}
        self._as_stored: dict[int, str] = {}

    def run(self) -> bytes:
        tensors = self._network.tensors
        for i in self._network.inputs:
            self._as_stored[i] = self.graph.add_input(tensors[i].name, tensors[i].shape)
        for operator in self._network.operators:
            self._write(operator)
        for i in self._network.outputs:
            self.graph.add_output(tensors[i].name, self.as_stored(i), tensors[i].shape)
        return self.graph.to_bytes()

    def _write(self, operator: Operator) -> None:
        if operator.kind in ("DEQUANTIZE", "DENSIFY"):
            # These only unpack stored weights, which `tflite_file` has done already.
            self._constants[operator.outputs[0]] = self.constant(operator.inputs[0])
            return
        attention = ATTENTION_OPERATORS.get(operator.kind)
        if attention is not None:
            attention(self, operator)
            return
        standard = STANDARD_OPERATORS.get(operator.kind)
        if standard is None:
            raise SourceUnreadable(f"operator {operator.kind} is not known")
        standard(self, operator)

    def shape(self, index: int) -> tuple[int, ...]:
        return self._network.tensors[index].shape

    def constant(self, index: int) -> NDArray[Any]:
        """Return a stored tensor. Raises SourceUnreadable if it is computed while running."""
        found = self._constants.get(index)
        if found is None:
            raise SourceUnreadable(f"tensor {index} should be a stored constant")
        return found

    def weights(self, index: int) -> NDArray[np.float32]:
        return self.constant(index).astype(np.float32)

    def channels_first(self, index: int) -> str:
        """Return the value of a four-dimensional tensor as (n, channels, height, width)."""
        if index not in self._channels_first:
            self._channels_first[index] = self.graph.apply("Transpose", self.as_stored(index), perm=[0, 3, 1, 2])
        return self._channels_first[index]

    def as_stored(self, index: int) -> str:
        """Return the value of a tensor in TFLite's own layout."""
        if index not in self._as_stored:
            shape = self.shape(index)
            if index in self._constants:
                value = self.graph.constant(self.weights(index))
            elif shape[1:3] == (1, 1):
                # One pixel: both layouts hold the same numbers in the same order.
                value = self.graph.apply("Reshape", self._channels_first[index], self.graph.integers(shape))
            else:
                value = self.graph.apply("Transpose", self._channels_first[index], perm=[0, 2, 3, 1])
            self._as_stored[index] = value
        return self._as_stored[index]

    def give_channels_first(self, index: int, value: str) -> None:
        self._channels_first[index] = value

    def give_as_stored(self, index: int, value: str) -> None:
        self._as_stored[index] = value

    def activated(self, value: str, activation: int) -> str:
        """Append the activation a TFLite operator carries inside itself (schema `ActivationFunctionType`)."""
        if activation == 0:
            return value
        if activation == 1:
            return self.graph.apply("Relu", value)
        if activation == 3:
            return self.graph.apply("Clip", value, self.graph.scalar(0), self.graph.scalar(6))
        raise SourceUnreadable(f"activation {activation} is not known")


def _options(operator: Operator, table: str) -> Any:
    import tflite

    options = getattr(tflite, table)()
    options.Init(operator.options.Bytes, operator.options.Pos)
    return options


def same_padding(side: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Return TensorFlow's SAME padding (before, after): the odd pixel goes after, unlike ONNX's own default."""
    total = max((math.ceil(side / stride) - 1) * stride + (kernel - 1) * dilation + 1 - side, 0)
    return total // 2, total - total // 2


def _pads(converter: _Converter, source: int, kernel: tuple[int, int], options: Any, dilation: tuple[int, int]) -> list[int]:
    if options.Padding() != 0:
        return [0, 0, 0, 0]
    _, height, width, _ = converter.shape(source)
    top, bottom = same_padding(height, kernel[0], options.StrideH(), dilation[0])
    left, right = same_padding(width, kernel[1], options.StrideW(), dilation[1])
    return [top, left, bottom, right]


def _convolution(converter: _Converter, operator: Operator, *, depthwise: bool) -> None:
    options = _options(operator, "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions")
    source, kernel_index, *bias_index = operator.inputs
    weights = converter.weights(kernel_index).transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2))
    dilation = (options.DilationHFactor(), options.DilationWFactor())
    inputs = [converter.channels_first(source), converter.graph.constant(weights)]
    if bias_index and bias_index[0] >= 0:
        inputs.append(converter.graph.constant(converter.weights(bias_index[0])))
    value = converter.graph.apply(
        "Conv",
        *inputs,
        strides=[options.StrideH(), options.StrideW()],
        pads=_pads(converter, source, (weights.shape[2], weights.shape[3]), options, dilation),
        dilations=list(dilation),
        group=converter.shape(source)[3] if depthwise else 1,
    )
    converter.give_channels_first(operator.outputs[0], converter.activated(value, options.FusedActivationFunction()))


def _full_convolution(converter: _Converter, operator: Operator) -> None:
    _convolution(converter, operator, depthwise=False)


def _depthwise_convolution(converter: _Converter, operator: Operator) -> None:
    _convolution(converter, operator, depthwise=True)


def _max_pool(converter: _Converter, operator: Operator) -> None:
    options = _options(operator, "Pool2DOptions")
    kernel = (options.FilterHeight(), options.FilterWidth())
    value = converter.graph.apply(
        "MaxPool",
        converter.channels_first(operator.inputs[0]),
        kernel_shape=list(kernel),
        strides=[options.StrideH(), options.StrideW()],
        pads=_pads(converter, operator.inputs[0], kernel, options, (1, 1)),
    )
    converter.give_channels_first(operator.outputs[0], converter.activated(value, options.FusedActivationFunction()))


def _pad(converter: _Converter, operator: Operator) -> None:
    batch, rows, columns, channels = converter.constant(operator.inputs[1]).tolist()
    amounts = [pair[end] for end in (0, 1) for pair in (batch, channels, rows, columns)]
    value = converter.graph.apply("Pad", converter.channels_first(operator.inputs[0]), converter.graph.integers(amounts))
    converter.give_channels_first(operator.outputs[0], value)


def _prelu(converter: _Converter, operator: Operator) -> None:
    """Write PRelu as (1 - a) relu(x) + a x: onnxruntime's own PRelu kernel took 60 % of the mesh's time."""
    graph = converter.graph
    slope = converter.weights(operator.inputs[1]).reshape(-1, 1, 1)
    source = converter.channels_first(operator.inputs[0])
    positive = graph.apply("Mul", graph.apply("Relu", source), graph.constant(np.float32(1) - slope))
    linear = graph.apply("Mul", source, graph.constant(slope))
    converter.give_channels_first(operator.outputs[0], graph.apply("Add", positive, linear))


def _relu(converter: _Converter, operator: Operator) -> None:
    value = converter.graph.apply("Relu", converter.channels_first(operator.inputs[0]))
    converter.give_channels_first(operator.outputs[0], value)


def _arithmetic(converter: _Converter, operator: Operator, onnx_name: str, table: str) -> None:
    activation = _options(operator, table).FusedActivationFunction()
    left, right = operator.inputs
    output = operator.outputs[0]
    if len(converter.shape(output)) == 4:
        value = converter.graph.apply(onnx_name, converter.channels_first(left), converter.channels_first(right))
        converter.give_channels_first(output, converter.activated(value, activation))
    else:
        value = converter.graph.apply(onnx_name, converter.as_stored(left), converter.as_stored(right))
        converter.give_as_stored(output, converter.activated(value, activation))


def _add(converter: _Converter, operator: Operator) -> None:
    _arithmetic(converter, operator, "Add", "AddOptions")


def _multiply(converter: _Converter, operator: Operator) -> None:
    _arithmetic(converter, operator, "Mul", "MulOptions")


def _reshape(converter: _Converter, operator: Operator) -> None:
    target = converter.graph.integers(converter.shape(operator.outputs[0]))
    value = converter.graph.apply("Reshape", converter.as_stored(operator.inputs[0]), target)
    converter.give_as_stored(operator.outputs[0], value)


def _concatenate(converter: _Converter, operator: Operator) -> None:
    parts = [converter.as_stored(i) for i in operator.inputs]
    axis = _options(operator, "ConcatenationOptions").Axis()
    converter.give_as_stored(operator.outputs[0], converter.graph.apply("Concat", *parts, axis=axis))


def _resize_bilinear(converter: _Converter, operator: Operator) -> None:
    options = _options(operator, "ResizeBilinearOptions")
    mode = "asymmetric"
    if options.AlignCorners():
        mode = "align_corners"
    elif options.HalfPixelCenters():
        mode = "half_pixel"
    batch, height, width, channels = converter.shape(operator.outputs[0])
    value = converter.graph.apply(
        "Resize",
        converter.channels_first(operator.inputs[0]),
        "",
        "",
        converter.graph.integers([batch, channels, height, width]),
        mode="linear",
        coordinate_transformation_mode=mode,
    )
    converter.give_channels_first(operator.outputs[0], value)


def _depth_to_space(converter: _Converter, operator: Operator) -> None:
    block = _options(operator, "DepthToSpaceOptions").BlockSize()
    source = converter.channels_first(operator.inputs[0])
    value = converter.graph.apply("DepthToSpace", source, blocksize=block, mode="DCR")
    converter.give_channels_first(operator.outputs[0], value)


def _strided_slice(converter: _Converter, operator: Operator) -> None:
    options = _options(operator, "StridedSliceOptions")
    if options.EllipsisMask() or options.NewAxisMask() or options.ShrinkAxisMask():
        raise SourceUnreadable("a slice with a mask that is not known")
    begin, end, step = (converter.constant(i).tolist() for i in operator.inputs[1:4])
    whole = converter.shape(operator.inputs[0])
    begin = [0 if options.BeginMask() >> axis & 1 else first for axis, first in enumerate(begin)]
    end = [whole[axis] if options.EndMask() >> axis & 1 else last for axis, last in enumerate(end)]
    graph = converter.graph
    axes = graph.integers(range(len(begin)))
    source = converter.as_stored(operator.inputs[0])
    value = graph.apply("Slice", source, graph.integers(begin), graph.integers(end), axes, graph.integers(step))
    converter.give_as_stored(operator.outputs[0], value)


STANDARD_OPERATORS: dict[str, Callable[[_Converter, Operator], None]] = {
    "ADD": _add,
    "CONCATENATION": _concatenate,
    "CONV_2D": _full_convolution,
    "DEPTH_TO_SPACE": _depth_to_space,
    "DEPTHWISE_CONV_2D": _depthwise_convolution,
    "MAX_POOL_2D": _max_pool,
    "MUL": _multiply,
    "PAD": _pad,
    "PRELU": _prelu,
    "RELU": _relu,
    "RESHAPE": _reshape,
    "RESIZE_BILINEAR": _resize_bilinear,
    "STRIDED_SLICE": _strided_slice,
}

"""dlib's face recognition network (`dlib_face_recognition_resnet_model_v1.dat`) to ONNX.

The file is dlib's own serialisation, innermost layer first. Numbers are either length-prefixed integers, floats as
mantissa and exponent (both such integers), or raw little-endian float32 tensors. The network's shape is fixed in dlib's
example `dnn_face_recognition_ex.cpp`: 29 convolutions, each followed by an affine layer, in five groups of residual
blocks, then the mean over the picture and one matrix. Only the weights are read from the file.

Input `rgb`: float32 (n, 3, 150, 150), RGB, 0..255. Output `print`: float32 (n, 128), not normalised.
dlib's mean subtraction, scaling and affine layers are folded into the convolutions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.onnx_graph import GraphWriter, SourceUnreadable

Float64s = NDArray[np.float64]

SIDE_PX = 150
PRINT_LENGTH = 128
_CONVOLUTIONS = 29
_TENSOR_VERSION = 2
_LONGEST_TENSOR = 16_000_000
_PIXEL_SCALE = 256.0


@dataclass(frozen=True, slots=True)
class _Group:
    """Residual blocks of one width. halves_first: the first block halves height and width."""

    channels: int
    blocks: int
    halves_first: bool


_GROUPS = (_Group(32, 3, False), _Group(64, 4, True), _Group(128, 3, True), _Group(256, 3, True), _Group(256, 1, True))


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """weights: (out, in, height, width); bias: (out,); both with the affine layer folded in."""

    weights: Float64s
    bias: Float64s
    stride: int
    padding: int


@dataclass(frozen=True, slots=True, eq=False)
class FacePrintNetwork:
    """convolutions: in order from the picture; projection: (256, 128)."""

    convolutions: tuple[Convolution, ...]
    projection: Float64s


class _Reader:
    """Reads dlib's serialisation. Every method raises SourceUnreadable rather than reading past the end."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def integer(self) -> int:
        """Read one integer: a byte with the sign (bit 7) and length (low four bits), then that many bytes, lowest first."""
        control = self._take(1)[0]
        length = control & 0x0F
        if not 1 <= length <= 8:
            raise SourceUnreadable(f"no dlib integer at byte {self._at - 1}")
        value = int.from_bytes(self._take(length), "little")
        return -value if control & 0x80 else value

    def real(self) -> float:
        """Read one float: mantissa and power of two."""
        mantissa, exponent = self.integer(), self.integer()
        try:
            return float(mantissa) * 2.0**exponent
        except OverflowError as trouble:
            raise SourceUnreadable(f"no dlib float before byte {self._at}") from trouble

    def skip_past_tag(self, tag: str) -> None:
        """Go on to just behind the next layer tag of that name."""
        marker = bytes([1, len(tag)]) + tag.encode("ascii")
        found = self._content.find(marker, self._at)
        if found < 0:
            raise SourceUnreadable(f"no further layer `{tag}` after byte {self._at}")
        self._at = found + len(marker)

    def tensor(self) -> Float64s:
        """Read one tensor, flattened."""
        version = self.integer()
        if version != _TENSOR_VERSION:
            raise SourceUnreadable(f"dlib tensor of version {version}, expected {_TENSOR_VERSION}")
        count = 1
        for _ in range(4):
            count *= self.integer()
        if not 0 <= count <= _LONGEST_TENSOR:
            raise SourceUnreadable(f"dlib tensor of {count} numbers before byte {self._at}")
        return np.frombuffer(self._take(4 * count), "<f4").astype(np.float64)

    def _take(self, count: int) -> bytes:
        taken = self._content[self._at : self._at + count]
        if len(taken) != count:
            raise SourceUnreadable(f"the file ends at byte {len(self._content)}, in the middle of a value")
        self._at += count
        return taken


def convert(content: bytes) -> bytes:
    """Return the ONNX file for a `.dat` file's bytes. Raises SourceUnreadable."""
    return _write(read_network(content))


def read_network(content: bytes) -> FacePrintNetwork:
    """Return the weights, with picture scaling and affine layers folded in. Raises SourceUnreadable."""
    reader = _Reader(content)
    reader.skip_past_tag("input_rgb_image_sized")
    mean = np.array([reader.real() for _ in range(3)])
    if (reader.integer(), reader.integer()) != (SIDE_PX, SIDE_PX):
        raise SourceUnreadable(f"the network does not take pictures of {SIDE_PX} x {SIDE_PX} pixels")
    convolutions: list[Convolution] = []
    channels = 3
    for _ in range(_CONVOLUTIONS):
        convolution = _read_convolution(reader, channels)
        convolutions.append(convolution)
        channels = len(convolution.bias)
    convolutions[0] = _with_scaled_picture(convolutions[0], mean)
    reader.skip_past_tag("fc_2")
    outputs, inputs = reader.integer(), reader.integer()
    if (outputs, inputs) != (PRINT_LENGTH, channels):
        raise SourceUnreadable(f"the last layer maps {inputs} to {outputs} numbers, expected {channels} to {PRINT_LENGTH}")
    return FacePrintNetwork(tuple(convolutions), _shaped(reader.tensor(), (inputs, outputs)))


def _read_convolution(reader: _Reader, channels: int) -> Convolution:
    reader.skip_past_tag("con_4")
    parameters = reader.tensor()
    filters, height, width, stride_y, stride_x, padding_y, padding_x = (reader.integer() for _ in range(7))
    if stride_y != stride_x or padding_y != padding_x or not 1 <= filters <= 1024:
        raise SourceUnreadable("a convolution of a kind this network does not have")
    if not (1 <= height <= 7 and 1 <= width <= 7 and 1 <= stride_y <= 2 and 0 <= padding_y <= 3):
        raise SourceUnreadable("a convolution of a kind this network does not have")
    weights = _shaped(parameters[:-filters], (filters, channels, height, width))
    bias = _shaped(parameters[-filters:], (filters,))
    reader.skip_past_tag("affine_")
    gain, shift = _shaped(reader.tensor(), (2, filters))
    return Convolution(weights * gain[:, None, None, None], bias * gain + shift, stride_y, padding_y)


def _with_scaled_picture(first: Convolution, mean: Float64s) -> Convolution:
    """Fold `(picture - mean) / 256` into the first convolution, which has no padding, so this is exact."""
    if first.padding != 0:
        raise SourceUnreadable("the first convolution pads the picture")
    weights = first.weights / _PIXEL_SCALE
    kernel_sums = np.zeros(weights.shape[:2])
    # One addend at a time: numpy's own sum picks its order by processor, and the last bit would differ between machines.
    for y in range(weights.shape[2]):
        for x in range(weights.shape[3]):
            kernel_sums = kernel_sums + weights[:, :, y, x]
    bias = first.bias
    for channel in range(weights.shape[1]):
        bias = bias - kernel_sums[:, channel] * mean[channel]
    return Convolution(weights, bias, first.stride, first.padding)


def _shaped(numbers: Float64s, shape: tuple[int, ...]) -> Float64s:
    try:
        return numbers.reshape(shape)
    except ValueError as trouble:
        raise SourceUnreadable(f"{numbers.size} numbers where a layer of shape {shape} was expected") from trouble


class _NetworkWriter:
    """Writes the fixed residual network, taking one convolution after the other. side: height and width so far."""

    def __init__(self, network: FacePrintNetwork) -> None:
        self.graph = GraphWriter("dlib_face_recognition_resnet_v1")
        self._waiting = iter(network.convolutions)

    def convolve(self, value: str, side: int) -> tuple[str, int, int]:
        """Return (value, side, channels) behind the next convolution."""
        layer = next(self._waiting)
        output = self.graph.apply(
            "Conv",
            value,
            self.graph.constant(layer.weights.astype(np.float32)),
            self.graph.constant(layer.bias.astype(np.float32)),
            strides=[layer.stride] * 2,
            pads=[layer.padding] * 4,
        )
        channels, _, kernel, _ = layer.weights.shape
        return output, (side + 2 * layer.padding - kernel) // layer.stride + 1, channels

    def residual_block(self, value: str, side: int, channels: int, *, halves: bool) -> tuple[str, int, int]:
        """Return (value, side, channels) behind one block: two convolutions added to the shortcut.

        dlib adds tensors of unequal size by taking what is missing as zero, so the smaller one is padded.
        """
        inner, inner_side, _ = self.convolve(value, side)
        inner = self.graph.apply("Relu", inner)
        inner, inner_side, out_channels = self.convolve(inner, inner_side)
        shortcut, shortcut_side = value, side
        if halves:
            shortcut = self.graph.apply("AveragePool", value, kernel_shape=[2, 2], strides=[2, 2])
            shortcut_side = side // 2
        out_side = max(inner_side, shortcut_side)
        inner = self._padded(inner, 0, out_side - inner_side)
        shortcut = self._padded(shortcut, out_channels - channels, out_side - shortcut_side)
        return self.graph.apply("Relu", self.graph.apply("Add", inner, shortcut)), out_side, out_channels

    def _padded(self, value: str, channels: int, side: int) -> str:
        if channels == 0 and side == 0:
            return value
        return self.graph.apply("Pad", value, self.graph.integers([0, 0, 0, 0, 0, channels, side, side]))


def _write(network: FacePrintNetwork) -> bytes:
    writer = _NetworkWriter(network)
    graph = writer.graph
    value = graph.add_input("rgb", ["n", 3, SIDE_PX, SIDE_PX])
    value, side, channels = writer.convolve(value, SIDE_PX)
    value = graph.apply("MaxPool", graph.apply("Relu", value), kernel_shape=[3, 3], strides=[2, 2])
    side = (side - 3) // 2 + 1
    for group in _GROUPS:
        for block in range(group.blocks):
            halves = group.halves_first and block == 0
            value, side, channels = writer.residual_block(value, side, channels, halves=halves)
            if channels != group.channels:
                raise SourceUnreadable(f"a block of {channels} channels where {group.channels} were expected")
    value = graph.apply("Flatten", graph.apply("GlobalAveragePool", value))
    value = graph.apply("MatMul", value, graph.constant(network.projection.astype(np.float32)))
    graph.add_output("print", value, ["n", PRINT_LENGTH])
    return graph.to_bytes()

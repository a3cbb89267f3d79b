"""MediaPipe's three custom operators of the attention mesh, written with standard ONNX operators.

The mesh looks twice: rough landmarks give a transform per eye and for the lips, a feature map is cut out along it, a small
network refines the landmarks there, and the transform carries them back. Behaviour: MediaPipe, `mediapipe/util/tflite/
operations` (`landmarks_to_transform_matrix`, `transform_tensor_bilinear`, `transform_landmarks`), version 2 of each.
"""

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from onnx import TensorProto

from models.onnx_graph import GraphWriter
from models.tflite_file import Operator


class Converter(Protocol):
    """What these operators need of the converter that walks the network."""

    graph: GraphWriter

    def shape(self, index: int) -> tuple[int, ...]: ...
    def channels_first(self, index: int) -> str: ...
    def as_stored(self, index: int) -> str: ...
    def give_channels_first(self, index: int, value: str) -> None: ...
    def give_as_stored(self, index: int, value: str) -> None: ...


def _landmarks_to_transform(converter: Converter, operator: Operator) -> None:
    """From landmarks (1, n, 2 or more) to the (1, 4, 4) matrix from the cut-out's pixels to the map's.

    The cut-out is the box around some landmarks, turned so that a line between two landmarks (eye corners, lip corners)
    gets the wanted angle, and enlarged by a scale in each direction.
    """
    graph, wanted = converter.graph, operator.custom
    landmarks = converter.as_stored(operator.inputs[0])

    def points(indices: Sequence[int]) -> str:
        chosen = graph.apply("Gather", landmarks, graph.integers(list(indices)), axis=1)
        return graph.apply("Slice", chosen, graph.integers([0]), graph.integers([2]), graph.integers([2]))

    line = graph.apply("Sub", points([wanted["right_rotation_idx"]]), points([wanted["left_rotation_idx"]]))
    direction = graph.apply("Div", line, graph.apply("ReduceL2", line, axes=[2], keepdims=1))
    cos_line, sin_line = (graph.apply("Gather", direction, graph.integers([i]), axis=2) for i in (0, 1))
    cos_goal, sin_goal = (f(wanted["target_rotation_radians"]) for f in (math.cos, math.sin))
    # The turn is goal minus line; its cosine and sine by the addition theorems.
    cos_turn = _weighted_sum(graph, cos_line, cos_goal, sin_line, sin_goal)
    sin_turn = _weighted_sum(graph, cos_line, sin_goal, sin_line, -cos_goal)
    turned_back = _matrix_2x2(graph, cos_turn, sin_turn, graph.apply("Neg", sin_turn), cos_turn)
    level = graph.apply("MatMul", points(wanted["subset_idxs"]), turned_back)
    highest = graph.apply("ReduceMax", level, axes=[1], keepdims=1)
    lowest = graph.apply("ReduceMin", level, axes=[1], keepdims=1)
    middle = graph.apply("Mul", graph.apply("Add", highest, lowest), graph.scalar(0.5))
    middle = graph.apply("MatMul", middle, graph.apply("Transpose", turned_back, perm=[0, 2, 1]))
    width, height = wanted["output_width"], wanted["output_height"]
    per_pixel = graph.constant(np.array([[[wanted["scale_x"] / width, wanted["scale_y"] / height]]], np.float32))
    linear = graph.apply("Mul", turned_back, graph.apply("Mul", graph.apply("Sub", highest, lowest), per_pixel))
    centre = graph.constant(np.array([[[-width / 2], [-height / 2]]], np.float32))
    shift = graph.apply("Add", graph.apply("Transpose", middle, perm=[0, 2, 1]), graph.apply("MatMul", linear, centre))
    no_depth = graph.constant(np.zeros((1, 2, 1), np.float32))
    upper = graph.apply("Concat", linear, no_depth, shift, axis=2)
    lower = graph.constant(np.array([[[0, 0, 1, 0], [0, 0, 0, 1]]], np.float32))
    converter.give_as_stored(operator.outputs[0], graph.apply("Concat", upper, lower, axis=1))


def _cut_out(converter: Converter, operator: Operator) -> None:
    """Sample a feature map bilinearly along a transform; a sample outside the map is 0, without blending at its border."""
    graph = converter.graph
    source, transform = operator.inputs
    _, height, width, _ = converter.shape(source)
    _, out_height, out_width, _ = converter.shape(operator.outputs[0])
    linear, shift = _linear_and_shift(converter, transform)
    across, down = np.meshgrid(np.arange(out_width) + 0.5, np.arange(out_height) + 0.5)
    centres = graph.constant(np.stack([across.ravel(), down.ravel()])[None].astype(np.float32))
    places = graph.apply("Sub", graph.apply("Add", graph.apply("MatMul", linear, centres), shift), graph.scalar(0.5))
    places = graph.apply("Transpose", places, perm=[0, 2, 1])
    last = graph.floats(width - 1, height - 1)
    inside = graph.apply(
        "And",
        graph.apply("GreaterOrEqual", places, graph.scalar(0)),
        graph.apply("LessOrEqual", places, last),
    )
    inside = graph.apply("ReduceMin", graph.apply("Cast", inside, to=TensorProto.FLOAT), axes=[2], keepdims=1)
    inside = graph.apply("Reshape", inside, graph.integers([1, 1, out_height, out_width]))
    grid = graph.apply("Sub", graph.apply("Div", graph.apply("Mul", places, graph.scalar(2)), last), graph.scalar(1))
    grid = graph.apply("Reshape", grid, graph.integers([1, out_height, out_width, 2]))
    sampled = graph.apply(
        "GridSample",
        converter.channels_first(source),
        grid,
        mode="bilinear",
        padding_mode="zeros",
        align_corners=1,
    )
    converter.give_channels_first(operator.outputs[0], graph.apply("Mul", sampled, inside))


def _carry_landmarks(converter: Converter, operator: Operator) -> None:
    """Carry landmarks (1, n, 2) from the cut-out back to the map."""
    graph = converter.graph
    linear, shift = _linear_and_shift(converter, operator.inputs[1])
    turned = graph.apply("MatMul", converter.as_stored(operator.inputs[0]), graph.apply("Transpose", linear, perm=[0, 2, 1]))
    moved = graph.apply("Add", turned, graph.apply("Transpose", shift, perm=[0, 2, 1]))
    converter.give_as_stored(operator.outputs[0], moved)


def _weighted_sum(graph: GraphWriter, first: str, first_weight: float, second: str, second_weight: float) -> str:
    return graph.apply(
        "Add",
        graph.apply("Mul", first, graph.scalar(first_weight)),
        graph.apply("Mul", second, graph.scalar(second_weight)),
    )


def _matrix_2x2(graph: GraphWriter, a: str, b: str, c: str, d: str) -> str:
    """Return [[a, b], [c, d]] of four (1, 1, 1) values, as (1, 2, 2)."""
    return graph.apply("Concat", graph.apply("Concat", a, b, axis=2), graph.apply("Concat", c, d, axis=2), axis=1)


def _linear_and_shift(converter: Converter, transform: int) -> tuple[str, str]:
    """Return (1, 2, 2) and (1, 2, 1) of a (1, 4, 4) transform of the plane."""
    graph = converter.graph
    rows = graph.apply("Slice", converter.as_stored(transform), graph.integers([0]), graph.integers([2]), graph.integers([1]))
    return (
        graph.apply("Gather", rows, graph.integers([0, 1]), axis=2),
        graph.apply("Gather", rows, graph.integers([3]), axis=2),
    )


ATTENTION_OPERATORS: dict[str, Callable[[Converter, Operator], None]] = {
    "Landmarks2TransformMatrix": _landmarks_to_transform,
    "TransformTensorBilinear": _cut_out,
    "TransformLandmarks": _carry_landmarks,
}

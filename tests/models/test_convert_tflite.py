"""The TFLite converter, on files made here: what comes out computes what TensorFlow's documents say."""

import contextlib

import numpy as np
import onnx
import onnxruntime
import pytest
import tflite
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.convert_tflite import convert, same_padding
from models.onnx_graph import SourceUnreadable
from models.tflite_file import DenseLevel, SparseLevel, dense
from tests.models.small_tflite import convolution_options, one_operator_network


def run(model: bytes, value: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (output,) = session.run(["output"], {"input": value})
    return np.asarray(output, np.float32)


RELU = one_operator_network(tflite.BuiltinOperator.RELU, (1, 2, 2, 3), (1, 2, 2, 3))
SLOPE = np.array([0.5, -0.25, 0.0], np.float32).reshape(1, 1, 3)
PRELU = one_operator_network(tflite.BuiltinOperator.PRELU, (1, 2, 2, 3), (1, 2, 2, 3), [SLOPE])


def test_a_value_keeps_its_layout_through_an_operator() -> None:
    value = np.arange(-6, 6, dtype=np.float32).reshape(1, 2, 2, 3)
    assert run(convert(RELU), value).tolist() == np.maximum(value, 0).tolist()


def test_prelu_without_its_slow_kernel_gives_the_same_numbers() -> None:
    value = np.arange(-6, 6, dtype=np.float32).reshape(1, 2, 2, 3)
    converted = convert(PRELU)
    assert run(converted, value) == pytest.approx(np.where(value > 0, value, SLOPE * value), abs=1e-6)
    assert "PRelu" not in {node.op_type for node in onnx.load_model_from_string(converted).graph.node}


def test_a_strided_convolution_pads_where_tensorflow_pads() -> None:
    # A 2 x 2 kernel of ones, stride 2, SAME, on 3 x 3: TensorFlow puts the odd row and column of zeros at the end.
    kernel = np.ones((1, 2, 2, 1), np.float32)
    bias = np.array([10.0], np.float32)
    model = one_operator_network(
        tflite.BuiltinOperator.CONV_2D,
        (1, 3, 3, 1),
        (1, 2, 2, 1),
        [kernel, bias],
        convolution_options(2, tflite.Padding.SAME),
    )
    value = np.arange(1, 10, dtype=np.float32).reshape(1, 3, 3, 1)
    assert run(convert(model), value)[0, :, :, 0].tolist() == [[22.0, 19.0], [25.0, 19.0]]


def test_weights_that_fit_float16_are_stored_so_and_compute_the_same() -> None:
    generator = np.random.default_rng(5)
    kernel = generator.standard_normal((8, 3, 3, 4)).astype(np.float16)
    bias = np.zeros(8, np.float32)
    value = generator.standard_normal((1, 6, 6, 4)).astype(np.float32)
    outputs = []
    sizes = []
    for weights in (kernel, kernel.astype(np.float32) + np.float32(1e-6)):
        model = one_operator_network(
            tflite.BuiltinOperator.CONV_2D,
            (1, 6, 6, 4),
            (1, 6, 6, 8),
            [weights, bias],
            convolution_options(1, tflite.Padding.SAME),
        )
        converted = convert(model)
        outputs.append(run(converted, value))
        sizes.append(len(converted))
    assert outputs[0] == pytest.approx(outputs[1], abs=1e-3)
    assert sizes[1] - sizes[0] > 288


def test_converting_twice_gives_the_same_bytes() -> None:
    assert convert(PRELU) == convert(PRELU)


def test_an_operator_that_is_not_known_is_named() -> None:
    model = one_operator_network(tflite.BuiltinOperator.LSTM, (1, 2, 2, 3), (1, 2, 2, 3))
    with pytest.raises(SourceUnreadable, match="LSTM"):
        convert(model)


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "padding"),
    [(3, 2, 2, (0, 1)), (4, 3, 1, (1, 1)), (128, 5, 2, (1, 2)), (7, 1, 1, (0, 0)), (4, 2, 2, (0, 0))],
)
def test_same_padding_is_tensorflows(side: int, kernel: int, stride: int, padding: tuple[int, int]) -> None:
    assert same_padding(side, kernel, stride) == padding


def test_nothing_and_text_are_no_tflite_files() -> None:
    for content in (b"", b"TFL3", b"not a model at all", bytes(100)):
        with pytest.raises(SourceUnreadable):
            convert(content)


@given(st.integers(0, len(PRELU) - 1))
@settings(max_examples=200)
def test_a_file_cut_short_raises_only_the_named_error(length: int) -> None:
    try:
        convert(PRELU[:length])
    except SourceUnreadable:
        return
    # The very end is padding and the unused tail of a table: what is left there must still be the whole network.
    assert length > len(PRELU) - 64


@given(st.integers(8, len(PRELU) - 1), st.integers(1, 255))
@settings(max_examples=300)
def test_a_damaged_file_raises_only_the_named_error(place: int, flip: int) -> None:
    damaged = bytearray(PRELU)
    damaged[place] ^= flip
    with contextlib.suppress(SourceUnreadable):
        convert(bytes(damaged))


@given(
    st.integers(1, 5).flatmap(
        lambda rows: st.integers(1, 6).flatmap(
            lambda columns: st.lists(
                st.lists(st.sampled_from([0.0, 1.0, -2.5]), min_size=columns, max_size=columns), min_size=rows, max_size=rows
            )
        )
    )
)
def test_compressed_rows_give_back_the_matrix(rows: list[list[float]]) -> None:
    matrix = np.array(rows, np.float32)
    stored = matrix[matrix != 0]
    segments = np.concatenate([[0], np.cumsum((matrix != 0).sum(axis=1))])
    indices = np.nonzero(matrix)[1]
    levels = [DenseLevel(len(matrix)), SparseLevel(segments, indices)]
    assert dense(stored, matrix.shape, (0, 1), (), levels).tolist() == matrix.tolist()


def test_blocks_of_a_sparse_matrix_land_where_their_map_says() -> None:
    # 4 x 4 in blocks of 2 x 2; only the upper right block is stored.
    stored = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    levels = [DenseLevel(2), SparseLevel(np.array([0, 1, 1]), np.array([1])), DenseLevel(2), DenseLevel(2)]
    assert dense(stored, (4, 4), (0, 1, 2, 3), (0, 1), levels).tolist() == [
        [0, 0, 1, 2],
        [0, 0, 3, 4],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
    ]


def test_levels_that_do_not_fit_the_shape_are_refused() -> None:
    with pytest.raises(SourceUnreadable):
        dense(np.zeros(4, np.float32), (2, 2), (0, 1), (), [DenseLevel(2)])

"""The dlib converter, on files made here in dlib's serialisation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.convert_dlib import convert, read_network
from models.onnx_graph import SourceUnreadable

FILTERS = (32, *[32] * 6, *[64] * 8, *[128] * 6, *[256] * 8)
MEAN = (122.5, 117.0, 104.25)


def integer(value: int) -> bytes:
    magnitude = abs(value)
    digits = magnitude.to_bytes(max((magnitude.bit_length() + 7) // 8, 1), "little")
    return bytes([len(digits) | (0x80 if value < 0 else 0)]) + digits


def real(value: float) -> bytes:
    """A float as whole mantissa and power of two; exact for multiples of 1/16."""
    return integer(int(value * 16)) + integer(-4)


def tag(name: str) -> bytes:
    return integer(len(name)) + name.encode()


def tensor(values: NDArray[np.float32]) -> bytes:
    return integer(2) + b"".join(integer(n) for n in (values.size, 1, 1, 1)) + values.astype("<f4").tobytes()


def convolution(weights: NDArray[np.float32], bias: NDArray[np.float32], stride: int, padding: int) -> bytes:
    filters, _, height, width = weights.shape
    sizes = (filters, height, width, stride, stride, padding, padding)
    numbers = np.concatenate([weights.ravel(), bias.ravel()])
    return tag("con_4") + tensor(numbers) + b"".join(integer(n) for n in sizes)


def affine(gain: NDArray[np.float32], shift: NDArray[np.float32]) -> bytes:
    return tag("affine_") + tensor(np.concatenate([gain, shift]))


def header() -> bytes:
    return b"\x01\x01" + tag("input_rgb_image_sized") + b"".join(real(m) for m in MEAN) + integer(150) + integer(150)


def whole_file(generator: np.random.Generator) -> bytes:
    """Return a network of dlib's shape with small random weights."""
    parts = [header()]
    channels = 3
    for i, filters in enumerate(FILTERS):
        kernel, padding = (7, 0) if i == 0 else (3, 1)
        halves = i == 0 or (i % 2 == 1 and filters != channels) or i == 27
        weights = generator.standard_normal((filters, channels, kernel, kernel), np.float32) / (kernel * channels)
        stride = 2 if halves else 1
        padding = 0 if halves else padding
        parts.append(convolution(weights, np.zeros(filters, np.float32), stride, padding))
        parts.append(affine(np.ones(filters, np.float32), np.zeros(filters, np.float32)))
        channels = filters
    projection = generator.standard_normal((256, 128), np.float32)
    parts.append(tag("fc_2") + integer(128) + integer(256) + tensor(projection))
    return b"".join(parts)


@pytest.fixture(scope="module")
def made() -> bytes:
    return whole_file(np.random.default_rng(11))


FIRST_LAYERS = (
    header()
    + convolution(np.full((4, 3, 7, 7), 0.5, np.float32), np.arange(4, dtype=np.float32), 2, 0)
    + affine(np.array([1, 2, 3, 4], np.float32), np.array([0, 0, 1, 1], np.float32))
)


def test_picture_scaling_and_affine_layers_are_folded_into_the_weights(made: bytes) -> None:
    generator = np.random.default_rng(11)
    original = generator.standard_normal((32, 3, 7, 7), np.float32) / 21
    first = read_network(made).convolutions[0]
    window = np.random.default_rng(3).integers(0, 256, (3, 7, 7)).astype(np.float64)
    as_dlib = (original * ((window - np.array(MEAN)[:, None, None]) / 256)).sum(axis=(1, 2, 3))
    as_folded = (first.weights * window).sum(axis=(1, 2, 3)) + first.bias
    assert as_folded == pytest.approx(as_dlib, abs=1e-9)


def test_a_whole_file_becomes_a_network_of_29_convolutions(made: bytes) -> None:
    network = read_network(made)
    assert len(network.convolutions) == 29
    assert network.projection.shape == (256, 128)
    assert [len(layer.bias) for layer in network.convolutions] == list(FILTERS)


def test_converting_twice_gives_the_same_bytes(made: bytes) -> None:
    assert convert(made) == convert(made)


def test_a_network_without_its_last_layer_is_refused(made: bytes) -> None:
    with pytest.raises(SourceUnreadable, match="fc_2"):
        read_network(made[: made.rindex(b"fc_2") - 2])


def test_a_convolution_with_unequal_strides_is_refused() -> None:
    odd = tag("con_4") + tensor(np.zeros(10, np.float32)) + b"".join(integer(n) for n in (1, 3, 1, 2, 1, 0, 0))
    with pytest.raises(SourceUnreadable, match="kind"):
        read_network(header() + odd)


def test_a_tensor_of_absurd_size_is_refused_before_it_is_made() -> None:
    huge = tag("con_4") + integer(2) + integer(2**60) + integer(2**60) + integer(1) + integer(1)
    with pytest.raises(SourceUnreadable, match="numbers"):
        read_network(header() + huge)


@given(st.integers(0, len(FIRST_LAYERS)))
def test_a_file_cut_short_raises_only_the_named_error(length: int) -> None:
    with pytest.raises(SourceUnreadable):
        read_network(FIRST_LAYERS[:length])


@given(st.integers(0, len(FIRST_LAYERS) - 1), st.integers(1, 255))
@settings(max_examples=300)
def test_a_damaged_file_raises_only_the_named_error(place: int, flip: int) -> None:
    damaged = bytearray(FIRST_LAYERS)
    damaged[place] ^= flip
    with pytest.raises(SourceUnreadable):
        read_network(bytes(damaged))


@given(st.binary(max_size=400))
def test_noise_raises_only_the_named_error(noise: bytes) -> None:
    with pytest.raises(SourceUnreadable):
        read_network(header() + tag("con_4") + noise)

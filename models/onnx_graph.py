"""Write ONNX graphs whose bytes depend on nothing but the weights: no time, no host, no library version.

The digests in `manifest.toml` hold only while this is so. Build-time only: needs the `onnx` package, which no station carries.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8
PRODUCER = "identity-desk"
PRODUCER_VERSION = "1"
"""Raise this only together with the digests in `manifest.toml`."""

_HALF_WORTH_STORING = 64
"""Constants with fewer numbers than this stay float32: a Cast node would cost more bytes than it saves."""


class SourceUnreadable(Exception):
    """A source file (dlib, TFLite or ONNX) is cut short, damaged or not of the kind its converter knows."""


class GraphWriter:
    """Collects nodes and constants in the order they are asked for, and names them by that order.

    store_half: keep a float32 constant as float16 wherever that loses not one bit, with a Cast the runtime folds at load.
    """

    def __init__(self, name: str, *, store_half: bool = False) -> None:
        self._name = name
        self._store_half = store_half
        self._nodes: list[Any] = []
        self._initializers: list[Any] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def add_input(self, name: str, shape: Sequence[int | str]) -> str:
        """Declare a float32 input; a string in `shape` is a dimension that may vary."""
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)))
        return name

    def add_output(self, name: str, source: str, shape: Sequence[int | str]) -> None:
        """Give the value `source` the output name `name`."""
        self._nodes.append(helper.make_node("Identity", [source], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)))

    def constant(self, array: NDArray[Any]) -> str:
        """Return the name of a constant; equal arrays share one."""
        array = np.ascontiguousarray(array).reshape(np.shape(array))
        key = (array.dtype.str, array.shape, array.tobytes())
        known = self._constants.get(key)
        if known is not None:
            return known
        name = f"c{len(self._constants)}"
        if self._store_half and _is_exact_as_half(array):
            self._initializers.append(numpy_helper.from_array(array.astype(np.float16), f"{name}.half"))
            self._nodes.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
        else:
            self._initializers.append(numpy_helper.from_array(array, name))
        self._constants[key] = name
        return name

    def floats(self, *values: float) -> str:
        """Return a float32 vector constant."""
        return self.constant(np.array(values, np.float32))

    def scalar(self, value: float) -> str:
        """Return a float32 scalar constant."""
        return self.constant(np.array(value, np.float32))

    def integers(self, values: Sequence[int]) -> str:
        """Return an int64 vector constant."""
        return self.constant(np.array(values, np.int64))

    def apply(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Append one node and return the name of its only output."""
        output = f"t{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def to_bytes(self) -> bytes:
        """Return the checked model. Raises SourceUnreadable if the source described an impossible graph."""
        graph = helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, self._initializers)
        return model_bytes(graph, OPSET)


def model_bytes(graph: Any, opset: int) -> bytes:
    """Return `graph` as a checked, reproducible ONNX file."""
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=IR_VERSION,
        producer_name=PRODUCER,
        producer_version=PRODUCER_VERSION,
    )
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as trouble:
        raise SourceUnreadable(f"the source describes an impossible network: {trouble}") from trouble
    return bytes(model.SerializeToString(deterministic=True))


def _is_exact_as_half(array: NDArray[Any]) -> bool:
    if array.dtype != np.float32 or array.size <= _HALF_WORTH_STORING:
        return False
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return bool((half.astype(np.float32) == array).all())

"""Small networks in the place of a face print: what a bank's own ArcFace-like model looks like from outside."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def small_network(
    side_px: int = 112, length: int = 8, *, batch: int | str = 1, seed: int = 1, second_output: bool = False, like_mxnet: bool = False
) -> bytes:
    """Return an ONNX network that averages its picture over an 8 x 8 grid and projects that to `length` numbers.

    like_mxnet: of the old form in which the weights are listed among the inputs, as exporters from MXNet wrote ArcFace's and SFace's.
    """
    step = side_px // 8
    weights = np.random.default_rng(seed).standard_normal((3 * 64, length)).astype(np.float32)
    nodes = [
        helper.make_node("AveragePool", ["data"], ["cells"], kernel_shape=[step, step], strides=[step, step]),
        helper.make_node("Flatten", ["cells"], ["row"]),
        helper.make_node("MatMul", ["row", "weights"], ["fc1"]),
    ]
    outputs = [helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [batch, length])]
    if second_output:
        outputs.append(helper.make_tensor_value_info("row", TensorProto.FLOAT, [batch, 192]))
    inputs = [helper.make_tensor_value_info("data", TensorProto.FLOAT, [batch, 3, side_px, side_px])]
    if like_mxnet:
        inputs.append(helper.make_tensor_value_info("weights", TensorProto.FLOAT, [3 * 64, length]))
    graph = helper.make_graph(
        nodes,
        "small",
        inputs,
        outputs,
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 9 if like_mxnet else 17)])
    model.ir_version = 3 if like_mxnet else 8
    onnx.checker.check_model(model)
    return model.SerializeToString()


def table_of(name: str, content: bytes, **changes: object) -> str:
    """Return the TOML table a bank would write for its network."""
    row: dict[str, object] = {
        "title": "A bank's own",
        "licence": "the bank's own",
        "side_px": 112,
        "length": 8,
        "colour": "bgr",
        "mean": 127.5,
        "divisor": 127.5,
        "template": "arcface",
        "unfit_for": "anything but tests",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    } | changes
    lines = [f"{key} = {value!r}" if not isinstance(value, str) else f'{key} = "{value}"' for key, value in row.items()]
    return f"[print.{name}]\n" + "\n".join(lines) + "\n"


def written(folder: Path, name: str, content: bytes, **changes: object) -> Path:
    """Write a network and its table side by side; return the table's path."""
    (folder / f"{name}.onnx").write_bytes(content)
    table = folder / f"{name}.toml"
    table.write_text(table_of(name, content, **changes), encoding="utf-8")
    return table

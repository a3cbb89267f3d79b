"""PP-OCR's ONNX files to ours: the detector as it is, the recogniser with fewer characters.

The recogniser was trained on 18,708 characters, 15,900 of them Chinese. Its last layer scores each one at each step; the
scores of the others do not depend on it. Leaving out the columns of characters that no document of ours carries in its Latin
zone makes the file 9 MB smaller and a line about a tenth faster, and a Latin letter can no longer be read as a Chinese stroke.
The character list travels inside the file (metadata `characters`), blank first, so that the two can never part.
"""

import importlib
import unicodedata
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from models.manifest import CHARACTERS_KEY
from models.onnx_graph import PRODUCER, PRODUCER_VERSION, SourceUnreadable

# protobuf carries no types; reached by name so that the type checker does not ask for them.
_DECODE_ERROR: type[Exception] = importlib.import_module("google.protobuf.message").DecodeError
_SOURCE_CHARACTERS_KEY = "character"
_KEPT_BELOW = 0x0250
"""ASCII, Latin-1, Latin Extended-A and -B: every letter of the Latin alphabets that passports print."""
_KEPT_BLOCKS = ((0x0370, 0x03FF), (0x1E00, 0x1EFF), (0x2010, 0x2033), (0x20A0, 0x20BF))
"""Greek and Coptic; Latin Extended Additional; dashes, quotes and primes; currency signs."""
_KEPT_SIGNS = frozenset("°№™Å−■●★☆←→↑↓")


def convert_detector(content: bytes) -> bytes:
    """Return the text detector with a fixed producer and no leftover notes. Raises SourceUnreadable."""
    model = _parse(content)
    return _finish(model)


def convert_recogniser(content: bytes) -> bytes:
    """Return the line recogniser for the kept characters. Raises SourceUnreadable."""
    model = _parse(content)
    listed = {entry.key: entry.value for entry in model.metadata_props}.get(_SOURCE_CHARACTERS_KEY)
    if not listed:
        raise SourceUnreadable("the recogniser carries no character list")
    # In the network's own order: class 0 is CTC's blank, then the list, then the space, which the list leaves out.
    characters = ["", *listed.split("\n"), " "]
    kept = [0, *(i for i, character in enumerate(characters) if i and is_kept(character))]
    weights, bias = _last_layer(model)
    if weights.dims[-1] != len(characters) or bias.dims[-1] != len(characters):
        raise SourceUnreadable(f"{len(characters)} characters for a last layer of {weights.dims[-1]} classes")
    for tensor in (weights, bias):
        columns = np.ascontiguousarray(numpy_helper.to_array(tensor)[..., kept])
        tensor.CopyFrom(numpy_helper.from_array(columns, tensor.name))
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = len(kept)
    del model.graph.value_info[:]
    del model.metadata_props[:]
    entry = model.metadata_props.add()
    entry.key, entry.value = CHARACTERS_KEY, "\n".join(characters[i] for i in kept)
    return _finish(model)


def is_kept(character: str) -> bool:
    """Return whether documents of ours may carry the character outside a non-Latin zone."""
    if len(character) != 1:
        return False
    code = ord(character)
    if code < _KEPT_BELOW:
        return unicodedata.category(character) != "Cc"
    return character in _KEPT_SIGNS or any(first <= code <= last for first, last in _KEPT_BLOCKS)


def _parse(content: bytes) -> Any:
    try:
        model = onnx.load_model_from_string(content)
    except _DECODE_ERROR as trouble:
        raise SourceUnreadable("not an ONNX file, or cut short") from trouble
    if not model.graph.node or not model.graph.output:
        raise SourceUnreadable("an ONNX file without a network")
    return model


def _last_layer(model: Any) -> tuple[Any, Any]:
    """Return the weights (features, classes) and bias (classes,) in front of the final softmax."""
    made_by = {output: node for node in model.graph.node for output in node.output}
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    found: list[Any] = []
    value = model.graph.output[0].name
    for wanted in ("Softmax", "Add", "MatMul"):
        node = made_by.get(value)
        while node is not None and node.op_type == "Identity":
            node = made_by.get(node.input[0])
        if node is None or node.op_type != wanted:
            raise SourceUnreadable(f"the recogniser does not end in MatMul, Add, Softmax (no {wanted})")
        if wanted != "Softmax":
            found.append(tensors.get(node.input[1]))
        value = node.input[0]
    bias, weights = found
    if weights is None or bias is None:
        raise SourceUnreadable("the recogniser's last layer has no stored weights")
    return weights, bias


def _finish(model: Any) -> bytes:
    model.producer_name, model.producer_version = PRODUCER, PRODUCER_VERSION
    model.doc_string = model.graph.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as trouble:
        raise SourceUnreadable(f"the source describes an impossible network: {trouble}") from trouble
    return bytes(model.SerializeToString(deterministic=True))

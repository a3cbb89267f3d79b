"""Goes on from weights that were already exported, normalisations folded into the convolutions as they are.

Blocks the exported network did not have begin as identities, so the first step starts from exactly what the file computes.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from models.train.mrz.network import AlongTheLine, InPlace, LineNet

_PLAIN = 21
"""Convolutions of the network as it was before it had blocks in place and far ones."""


def loaded(start: Path) -> tuple[LineNet, bool]:
    """Return a folded network that computes what the ONNX file does, and whether it has blocks that the file had not."""
    graph = onnx.load(str(start)).graph
    stored = {i.name: torch.from_numpy(np.array(numpy_helper.to_array(i))) for i in graph.initializer}
    exported = [(stored[node.input[1]], stored[node.input[2]]) for node in graph.node if node.op_type == "Conv"]
    model = LineNet(is_folded=True)
    new = new_blocks(model) if len(exported) == _PLAIN else []
    fresh = {id(part) for block in new for part in block.modules()}
    known = [m for m in model.modules() if isinstance(m, nn.Conv2d) and id(m) not in fresh]
    with torch.no_grad():
        for convolution, (weight, bias) in zip(known, exported, strict=True):
            assert convolution.bias is not None
            convolution.weight.copy_(weight)
            convolution.bias.copy_(bias)
        for block in new:
            for parameter in block.add.parameters():
                parameter.zero_()
    return model, bool(new)


def new_blocks(model: LineNet) -> list[InPlace | AlongTheLine]:
    """Return the blocks that the plain network did not have."""
    return [m for m in model.modules() if isinstance(m, InPlace) or (isinstance(m, AlongTheLine) and m.whole is not None)]

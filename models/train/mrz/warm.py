"""Goes on training from weights that were already exported: the batch normalisations folded into them are unfolded again.

A folded convolution gives what its normalisation used to give. Feeding rows through it measures mean and deviation of each channel;
a normalisation that expects exactly those and scales by exactly those changes nothing, and can be trained. Blocks the old network did
not have start as identities.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from models.train.mrz.network import AlongTheLine, LineNet, normalised

_MEASURED_BATCHES = 12


def loaded(start: Path, rows: Iterator[tuple[Tensor, Tensor]]) -> LineNet:
    """Return a network that computes what the ONNX file does, ready to be trained."""
    stored = {i.name: np.array(numpy_helper.to_array(i)) for i in onnx.load(str(start)).graph.initializer}
    names = [node.input for node in onnx.load(str(start)).graph.node if node.op_type == "Conv"]
    folded = [(torch.from_numpy(stored[weight]), torch.from_numpy(stored[bias])) for _, weight, bias in names]
    model = LineNet().eval()
    pairs = _pairs(model)
    with torch.no_grad():
        model.name.weight.copy_(folded[-1][0])
        model.name.bias.copy_(folded[-1][1])  # type: ignore[union-attr]
        for (convolution, norm), (weight, bias) in zip(pairs, folded[:-1], strict=False):
            convolution.weight.copy_(weight)
            norm.bias.copy_(bias)
        for block in list(model.read)[(len(folded) - 6) // 3 :]:
            assert isinstance(block, AlongTheLine)
            last = block.add[1]
            assert isinstance(last, nn.BatchNorm2d)
            last.weight.zero_()
        _measure(model, pairs[: len(folded) - 1], rows)
    return model


def _pairs(model: LineNet) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    convolutions = [m for m in model.modules() if isinstance(m, nn.Conv2d)][:-1]
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    return list(zip(convolutions, norms, strict=True))


def _measure(model: LineNet, pairs: list[tuple[nn.Conv2d, nn.BatchNorm2d]], rows: Iterator[tuple[Tensor, Tensor]]) -> None:
    """Give each normalisation the mean and deviation of what reaches it, and let it give them back."""
    seen: dict[nn.BatchNorm2d, list[Tensor]] = {norm: [] for _, norm in pairs}

    def keep(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        seen[norm].append(torch.stack([inputs[0].mean((0, 2, 3)), (inputs[0] ** 2).mean((0, 2, 3))]))

    for _, norm in pairs:
        norm.running_mean.zero_()  # type: ignore[union-attr]
        norm.running_var.fill_(1 - norm.eps)  # type: ignore[union-attr]
    hooks = [norm.register_forward_pre_hook(keep) for _, norm in pairs]
    for _ in range(_MEASURED_BATCHES):
        model(normalised(next(rows)[0]))
    for hook in hooks:
        hook.remove()
    for _, norm in pairs:
        mean, square = torch.stack(seen[norm]).mean(0)
        spread = (square - mean**2).clamp(min=1e-6)
        norm.weight.copy_((spread + norm.eps).sqrt())
        norm.bias.add_(mean)
        norm.running_mean.copy_(mean)  # type: ignore[union-attr]
        norm.running_var.copy_(spread)  # type: ignore[union-attr]

"""Writes trained LineNet weights as ONNX: input `lines` (n, 1, 32, 640) float32, output `logits` (n, 160, 38).

python -m models.train.mrz.export IN.pt OUT.onnx
"""

import sys

import torch

from models.train.mrz.network import HEIGHT, WIDTH, LineNet


def main(arguments: list[str]) -> int:
    source, target = arguments
    weights = torch.load(source, weights_only=True)
    model = LineNet(is_folded="fold.0.0.0.bias" in weights)
    model.load_state_dict(weights)
    model.eval()
    names = {"input_names": ["lines"], "output_names": ["logits"]}
    free = {"lines": {0: "count"}, "logits": {0: "count"}}
    example = torch.zeros(2, 1, HEIGHT, WIDTH)
    torch.onnx.export(model, (example,), target, dynamic_axes=free, dynamo=False, **names)  # type: ignore[arg-type]
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Writes trained SpoofNet weights as ONNX: inputs `around` and `close` (n, 3, 80, 80) float32, BGR 0..255; outputs `taught` and `drawn`
(n, 3), chances of a print, a person, a screen as the teacher would judge and as the scenes were drawn.

python -m models.train.spoof.export IN.pt OUT.onnx
"""

import sys

import torch
from torch import Tensor, nn

from models.train.spoof.network import SIDE_PX, SpoofNet


class WithChances(nn.Module):
    def __init__(self, network: SpoofNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, around: Tensor, close: Tensor) -> tuple[Tensor, Tensor]:
        taught, drawn = self.network(around, close)
        return torch.softmax(taught, 1), torch.softmax(drawn, 1)


def main(arguments: list[str]) -> int:
    source, target = arguments
    network = SpoofNet()
    network.load_state_dict(torch.load(source, weights_only=True))
    names = {"input_names": ["around", "close"], "output_names": ["taught", "drawn"]}
    free = {name: {0: "count"} for name in ("around", "close", "taught", "drawn")}
    example = torch.zeros(2, 3, SIDE_PX, SIDE_PX)
    model = WithChances(network).eval()
    torch.onnx.export(model, (example, example), target, dynamic_axes=free, dynamo=False, **names)  # type: ignore[arg-type]
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

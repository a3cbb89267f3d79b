"""SpoofNet: two small looks at a face, wide and close, and two answers about each: what the teacher would say, and what the scene was.

Separable convolutions with residuals, like MiniFASNet and MobileNetV2, at about half the size. The wide look sees borders, hands and
rooms, the close one ink, glass and skin.
"""

import torch
from torch import Tensor, nn

CLASSES = 3
SIDE_PX = 80


def _convolution(inputs: int, outputs: int, kernel: int, stride: int, groups: int = 1) -> nn.Sequential:
    padding = kernel // 2
    layer = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Block(nn.Module):
    """Widen, look, narrow; added to what came in where sizes allow."""

    def __init__(self, inputs: int, outputs: int, stride: int, widen: int) -> None:
        super().__init__()
        wide = inputs * widen
        narrow = nn.Sequential(nn.Conv2d(wide, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        self.change = nn.Sequential(_convolution(inputs, wide, 1, 1), _convolution(wide, wide, 3, stride, groups=wide), narrow)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.change(x)
        return x + changed if self.adds else changed


class Look(nn.Module):
    """(batch, 3, 80, 80) -> (batch, 160)."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _convolution(3, 24, 3, 2),  # 40
            Block(24, 32, 2, 2),  # 20
            Block(32, 32, 1, 2),
            Block(32, 64, 2, 3),  # 10
            Block(64, 64, 1, 2),
            Block(64, 64, 1, 2),
            Block(64, 96, 2, 3),  # 5
            Block(96, 96, 1, 2),
            _convolution(96, 160, 1, 1),
        )
        self.gather = nn.Sequential(nn.Conv2d(160, 160, 5, groups=160, bias=False), nn.BatchNorm2d(160))

    def forward(self, picture: Tensor) -> Tensor:
        return torch.flatten(self.gather(self.features((picture - 127.5) / 64.0)), 1)


class SpoofNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wide, self.close = Look(), Look()
        self.mix = nn.Sequential(nn.Dropout(0.2), nn.Linear(320, 96), nn.ReLU(inplace=True))
        self.taught, self.drawn = nn.Linear(96, CLASSES), nn.Linear(96, CLASSES)

    def forward(self, around: Tensor, close: Tensor) -> tuple[Tensor, Tensor]:
        """around, close: (batch, 3, 80, 80), BGR 0..255 -> logits of the teacher's answer and of what was drawn, (batch, 3) each."""
        mixed = self.mix(torch.cat([self.wide(around), self.close(close)], 1))
        return self.taught(mixed), self.drawn(mixed)

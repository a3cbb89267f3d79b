"""The network that reads one line: gray 32x640 -> a distribution over 37 characters and a blank at 160 places.

A few strided convolutions fold the height away and leave 160 columns of 160 features; residual depthwise convolutions along the
line let each column see its neighbours; a 1x1 convolution names the character (CTC, Graves et al. 2006). No recurrence: it runs in
about 3 ms on one CPU thread.
"""

import torch
from torch import Tensor, nn

CLASSES = 38
"""37 characters in the order of texts.ALPHABET, then the CTC blank."""
HEIGHT, WIDTH = 32, 640
COLUMNS = 160
BLOCKS = 5


def _convolution(inputs: int, outputs: int, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class AlongTheLine(nn.Module):
    """Residual block on (batch, features, 1, columns): depthwise 1x9, two pointwise mixes."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(features, features, (1, 9), padding=(0, 4), groups=features, bias=False), nn.BatchNorm2d(features)
        )
        self.mix = _convolution(features, features, (1, 1), (1, 1), (0, 0))
        self.add = nn.Sequential(nn.Conv2d(features, features, 1, bias=False), nn.BatchNorm2d(features))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.add(self.mix(self.look(x))))


class LineNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fold = nn.Sequential(
            _convolution(1, 24, (3, 5), (2, 2), (1, 2)),  # 16 x 320
            _convolution(24, 48, (3, 3), (2, 2), (1, 1)),  # 8 x 160
            _convolution(48, 80, (3, 3), (1, 1), (1, 1)),
            _convolution(80, 112, (3, 3), (2, 1), (1, 1)),  # 4 x 160
            _convolution(112, 160, (4, 3), (1, 1), (0, 1)),  # 1 x 160
        )
        self.read = nn.Sequential(*[AlongTheLine(160) for _ in range(BLOCKS)])
        self.name = nn.Conv2d(160, CLASSES, 1)

    def forward(self, lines: Tensor) -> Tensor:
        """lines: (batch, 1, 32, 640), normalised -> logits (batch, 160, 38)."""
        features: Tensor = self.name(self.read(self.fold(lines)))
        return features.squeeze(2).permute(0, 2, 1)


def normalised(lines: Tensor) -> Tensor:
    """lines: (batch, 32, 640) gray 0-255, any number type -> (batch, 1, 32, 640) with mean 0 and deviation about 1."""
    values = lines.float()
    mean, deviation = values.mean((1, 2), keepdim=True), values.std((1, 2), keepdim=True, correction=0)
    return ((values - mean) / (deviation + 6.0))[:, None]

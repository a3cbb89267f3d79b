"""The network that reads one line: gray 32x640 -> a distribution over 37 characters and a blank at 160 places.

A few strided convolutions fold the height away and leave 160 columns of 160 features; residual depthwise convolutions along the
line let each column see its neighbours, the last ones also far ones and the line's mean (one print, one blur, one shade: whether a round
is a 0 or an O is told by the others); a 1x1 convolution names the character (CTC, Graves et al. 2006). No recurrence: it runs in
about 3 ms on one CPU thread.
"""

import torch
from torch import Tensor, nn

CLASSES = 38
"""37 characters in the order of texts.ALPHABET, then the CTC blank."""
HEIGHT, WIDTH = 32, 640
COLUMNS = 160
BLOCKS, FAR_BLOCKS = 5, 2
FAR = 3
"""Columns from one tap of a far block to the next."""
_SUMMARY = 40


Kernel = tuple[int, int]


def _normed(convolution: nn.Conv2d, is_folded: bool) -> nn.Sequential:
    """is_folded: the convolution has its normalisation within itself, as exported weights have."""
    return nn.Sequential(convolution) if is_folded else nn.Sequential(convolution, nn.BatchNorm2d(convolution.out_channels))


def _convolution(inputs: int, outputs: int, kernel: Kernel, stride: Kernel, padding: Kernel, is_folded: bool) -> nn.Sequential:
    return nn.Sequential(_normed(nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=is_folded), is_folded), nn.ReLU(inplace=True))


def _pointwise(inputs: int, outputs: int, is_folded: bool) -> nn.Sequential:
    return _normed(nn.Conv2d(inputs, outputs, 1, bias=is_folded), is_folded)


class InPlace(nn.Module):
    """Residual block on (batch, features, rows, columns): depthwise 3x3, twice as many features, and back."""

    def __init__(self, features: int, is_folded: bool) -> None:
        super().__init__()
        self.look = _normed(nn.Conv2d(features, features, 3, padding=1, groups=features, bias=is_folded), is_folded)
        self.mix = nn.Sequential(_pointwise(features, 2 * features, is_folded), nn.ReLU(inplace=True))
        self.add = _pointwise(2 * features, features, is_folded)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.add(self.mix(self.look(x))))


class AlongTheLine(nn.Module):
    """Residual block on (batch, features, 1, columns): depthwise 1x9, two pointwise mixes; a far one also sees the line's mean."""

    def __init__(self, features: int, is_folded: bool, far: int = 1) -> None:
        super().__init__()
        look = nn.Conv2d(features, features, (1, 9), padding=(0, 4 * far), dilation=(1, far), groups=features, bias=is_folded)
        self.look = _normed(look, is_folded)
        whole = nn.Conv2d(features, _SUMMARY, 1), nn.ReLU(inplace=True), nn.Conv2d(_SUMMARY, features, 1)
        self.whole = nn.Sequential(*whole) if far > 1 else None
        self.mix = nn.Sequential(_pointwise(features, features, is_folded), nn.ReLU(inplace=True))
        self.add = _pointwise(features, features, is_folded)

    def forward(self, x: Tensor) -> Tensor:
        seen = self.look(x)
        if self.whole is not None:
            seen = seen + self.whole(seen.mean(3, keepdim=True))
        return torch.relu(x + self.add(self.mix(seen)))


class LineNet(nn.Module):
    """is_folded: without normalisations, to go on from exported weights."""

    def __init__(self, is_folded: bool = False) -> None:
        super().__init__()
        self.fold = nn.Sequential(
            _convolution(1, 24, (3, 5), (2, 2), (1, 2), is_folded),  # 16 x 320
            _convolution(24, 48, (3, 3), (2, 2), (1, 1), is_folded),  # 8 x 160
            _convolution(48, 80, (3, 3), (1, 1), (1, 1), is_folded),
            InPlace(80, is_folded),
            _convolution(80, 112, (3, 3), (2, 1), (1, 1), is_folded),  # 4 x 160
            _convolution(112, 160, (4, 3), (1, 1), (0, 1), is_folded),  # 1 x 160
        )
        near, far = [AlongTheLine(160, is_folded) for _ in range(BLOCKS)], [AlongTheLine(160, is_folded, FAR) for _ in range(FAR_BLOCKS)]
        self.read = nn.Sequential(*near, *far)
        self.name = nn.Conv2d(160, CLASSES, 1)

    @property
    def strokes(self) -> nn.Sequential:
        """What sees strokes, not characters yet: (batch, 1, 32, 640) -> (batch, 48, 8, 160)."""
        return self.fold[:2]

    def named(self, strokes: Tensor) -> Tensor:
        """(batch, 48, 8, 160) -> logits (batch, 160, 38)."""
        features: Tensor = self.name(self.read(self.fold[2:](strokes)))
        return features.squeeze(2).permute(0, 2, 1)

    def forward(self, lines: Tensor) -> Tensor:
        """lines: (batch, 1, 32, 640), normalised -> logits (batch, 160, 38)."""
        return self.named(self.strokes(lines))


def normalised(lines: Tensor) -> Tensor:
    """lines: (batch, 32, 640) gray 0-255, any number type -> (batch, 1, 32, 640) with mean 0 and deviation about 1."""
    values = lines.float()
    mean, deviation = values.mean((1, 2), keepdim=True), values.std((1, 2), keepdim=True, correction=0)
    return ((values - mean) / (deviation + 6.0))[:, None]

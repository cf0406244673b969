"""The discriminator: a network that tells label maps of people from those of a segmenter, pixel by pixel."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn.functional import interpolate


class Discriminator(nn.Sequential):
    """Five convolutions of stride 2, then bilinear enlargement (Hung et al. 2018, section 3.2).

    From label maps (N, ``classes``, H, W), each pixel a distribution over the classes or all zeros where
    nothing is known, to logits (N, H, W): positive where the map looks like one of people. H and W are 32
    at least. ``channels``: of the first convolution; the next three double them.
    """

    def __init__(self, classes: int, channels: int) -> None:
        widths = [classes, channels, 2 * channels, 4 * channels, 8 * channels]
        hidden = [
            layer
            for inputs, outputs in pairwise(widths)
            for layer in (nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), nn.LeakyReLU(0.2))
        ]
        super().__init__(*hidden, nn.Conv2d(widths[-1], 1, 4, stride=2, padding=1))

    def forward(self, maps: Tensor) -> Tensor:
        """Judge each pixel of each map."""
        logits: Tensor = super().forward(maps)  # type: ignore[no-untyped-call]
        return interpolate(logits, size=maps.shape[2:], mode="bilinear", align_corners=False).squeeze(1)

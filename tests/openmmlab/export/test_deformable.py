from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from segdet_kit.openmmlab.export.deformable import levels_of, reference_points
from segdet_kit.openmmlab.export.trace import traced


class Points(nn.Module):
    """The reference points of two levels of a batch of images (N, H, W, 3)."""

    def forward(self, images: Tensor) -> Tensor:
        pixels = images.float().permute(0, 3, 1, 2)
        features = [avg_pool2d(pixels, stride, ceil_mode=True) for stride in (8, 16)]
        height, width = images.shape[1:3]
        levels = levels_of(features, (height, width), 16)
        shares = torch.stack([level.share for level in levels]).expand(images.shape[0], -1, -1)
        return reference_points(levels, shares)


def test_reference_points_are_traced_for_images_of_any_size() -> None:
    program = traced(Points(), torch.zeros(2, 64, 96, 3, dtype=torch.uint8), (0, 1, 2))
    for height, width in ((64, 96), (80, 48), (72, 100)):
        images = torch.zeros(1, height, width, 3, dtype=torch.uint8)
        torch.testing.assert_close(program.module()(images), Points()(images))

"""Mask2Former's pixel decoder, whose sizes a graph may leave free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from segdet_kit.openmmlab.export.deformable import (
    Level,
    flattened,
    reference_points,
    replace_attention,
)


class PixelDecoder(nn.Module):
    """What mmdet's ``MSDeformAttnPixelDecoder`` computes, from its weights: all places hold the image."""

    def __init__(self, decoder: Any) -> None:
        super().__init__()
        replace_attention(decoder)
        self.decoder = decoder

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Return the features of masks (N, C, h, w) and of levels, the coarsest first."""
        own = self.decoder
        coarse = list(features[::-1][: own.num_encoder_levels])
        projected = [convolve(level) for convolve, level in zip(own.input_convs, coarse, strict=True)]
        levels = [
            Level(*(torch.ones(side, dtype=torch.bool, device=each.device) for side in each.shape[2:]))
            for each in projected
        ]
        where = [
            own.postional_encoding(level.padded[None]) + embedding[:, None, None]
            for level, embedding in zip(levels, own.level_encoding.weight, strict=True)
        ]
        shares = torch.stack([level.share for level in levels])[None]
        memory = own.encoder(
            query=flattened(projected),
            query_pos=flattened(where),
            key_padding_mask=None,
            spatial_shapes=levels,
            level_start_index=None,
            valid_ratios=shares,
            reference_points=reference_points(levels, shares),
        )
        sizes = [level.size for level in levels]
        parts = memory.transpose(1, 2).split([height * width for height, width in sizes], dim=-1)
        outs = [part.unflatten(2, size) for part, size in zip(parts, sizes, strict=True)]
        fine = features[::-1][own.num_encoder_levels :]
        joints = reversed(list(zip(own.lateral_convs, own.output_convs, strict=True)))
        for level, (lateral, output) in zip(fine, joints, strict=True):
            upsampled = interpolate(outs[-1], size=level.shape[2:], mode="bilinear", align_corners=False)
            outs.append(output(lateral(level) + upsampled))
        return own.mask_feature(outs[-1]), outs[: own.num_outs]


def replace_pixel_decoder(head: Any) -> None:
    """Put ``PixelDecoder`` in the place of a Mask2Former head's own."""
    head.pixel_decoder = PixelDecoder(head.pixel_decoder)

"""Attention over places of several levels, whose sizes a graph may leave free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample


@dataclass(frozen=True)
class Level:
    """The places of a level, in the place of OpenMMLab's tensor of sizes, whose values a trace does not know.

    ``rows`` (H) and ``columns`` (W): which of them hold the image, and no padding.
    """

    rows: Tensor
    columns: Tensor

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.rows.shape[0], self.columns.shape[0]

    @property
    def padded(self) -> Tensor:
        """Which places hold no image, (H, W)."""
        return ~(self.rows[:, None] & self.columns)

    @property
    def share(self) -> Tensor:
        """How much of the width and of the height holds the image, (2)."""
        return torch.stack([self.columns.float().mean(), self.rows.float().mean()])

    @property
    def centres(self) -> Tensor:
        """The middle of each place, x and y in shares of the image: (H * W, 2)."""
        x, y = (
            (torch.arange(held.shape[0], device=held.device) + 0.5) / held.sum()
            for held in (self.columns, self.rows)
        )
        height, width = self.size
        grid = torch.stack([x.expand(height, -1), y[:, None].expand(-1, width)], dim=-1)
        return grid.reshape(-1, 2)


def levels_of(features: Sequence[Tensor], image: tuple[int, int], divisor: int) -> list[Level]:
    """Describe levels (N, C, H, W) of images of this height and width, padded to multiples of ``divisor``."""
    described = []
    for feature in features:
        held = []
        for length, places in zip(image, feature.shape[2:], strict=True):
            first = torch.arange(places, device=feature.device) * (length + -length % divisor) // places
            held.append(first < length)
        described.append(Level(*held))
    return described


class DeformableAttention(nn.Module):
    """What mmcv's ``MultiScaleDeformableAttention`` computes (Zhu et al. 2021), from its weights.

    Takes that module's arguments, batch first, and ``Level``s for ``spatial_shapes``.
    """

    def __init__(self, attention: Any) -> None:
        super().__init__()
        self.attention = attention

    def forward(
        self,
        query: Tensor,
        value: Tensor | None = None,
        identity: Tensor | None = None,
        query_pos: Tensor | None = None,
        key_padding_mask: Tensor | None = None,
        reference_points: Tensor | None = None,
        spatial_shapes: Sequence[Level] = (),
        **_: Any,
    ) -> Tensor:
        """Return (N, Q, C) for queries (N, Q, C), reading ``value`` (N, places, C) around the points."""
        own = self.attention
        value = query if value is None else value
        identity = query if identity is None else identity
        query = query if query_pos is None else query + query_pos
        assert reference_points is not None
        images, queries = query.shape[:2]
        value = own.value_proj(value)
        if key_padding_mask is not None:
            value = value.masked_fill(key_padding_mask[..., None], 0.0)
        places = value.unflatten(2, (own.num_heads, -1))
        shape = (own.num_heads, own.num_levels, own.num_points)
        offsets = own.sampling_offsets(query).reshape(images, queries, *shape, 2)
        weights = own.attention_weights(query).reshape(images, queries, own.num_heads, -1).softmax(-1)
        sampled = []
        sizes = [level.size for level in spatial_shapes]
        levels = places.split([height * width for height, width in sizes], dim=1)
        for number, (level, (height, width)) in enumerate(zip(levels, sizes, strict=True)):
            at = _located(offsets[:, :, :, number], reference_points[:, :, number], height, width)
            maps = level.permute(0, 2, 3, 1).reshape(images * own.num_heads, -1, height, width)
            grid = (2 * at - 1).transpose(1, 2).flatten(0, 1)
            sampled.append(grid_sample(maps, grid, align_corners=False))  # (N * heads, C', Q, points)
        joined = torch.cat(sampled, dim=-1) * weights.transpose(1, 2).flatten(0, 1)[:, None]
        output = joined.sum(-1).reshape(images, -1, queries).transpose(1, 2)
        found: Tensor = own.output_proj(output) + identity
        return found


def _located(offsets: Tensor, points: Tensor, height: int, width: int) -> Tensor:
    """Return where to read, x and y in 0..1 of the level: (N, Q, heads, points, 2).

    ``points`` (N, Q, 2), from which offsets are counted in pixels, or boxes (N, Q, 4), in shares of them.
    """
    points = points[:, :, None, None]
    if points.shape[-1] == 2:
        return points + torch.stack([offsets[..., 0] / width, offsets[..., 1] / height], dim=-1)
    return points[..., :2] + offsets / offsets.shape[3] * points[..., 2:] * 0.5


def replace_attention(model: nn.Module) -> None:
    """Put ``DeformableAttention`` in the place of each of mmcv's modules in a model."""
    from mmcv.ops import MultiScaleDeformableAttention

    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is MultiScaleDeformableAttention:
                assert child.batch_first
                setattr(parent, name, DeformableAttention(child))


def flattened(levels: Sequence[Tensor]) -> Tensor:
    """Join levels (N, C, H, W) to places (N, places, C)."""
    return torch.cat([level.flatten(2).transpose(1, 2) for level in levels], dim=1)


def reference_points(levels: Sequence[Level], shares: Tensor) -> Tensor:
    """Return where each place lies in every level, (N, places, levels, 2).

    ``shares`` (N, levels, 2): each level's ``share``, again for each image.
    """
    return torch.cat([level.centres for level in levels])[None, :, None] * shares[:, None]

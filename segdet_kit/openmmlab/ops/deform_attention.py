"""Multi-scale deformable attention of Deformable DETR, arXiv:2010.04159."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from segdet_kit.openmmlab.ops.precision import full_precision


def ms_deform_attn_forward(
    value: Tensor,
    value_spatial_shapes: Tensor,
    value_level_start_index: Tensor,
    sampling_locations: Tensor,
    attention_weights: Tensor,
    im2col_step: int,
) -> Tensor:
    """Weighted sum of bilinear samples of all levels, (N, queries, heads · channels).

    ``value`` (N, pixels of all levels in turn, heads, channels); ``value_spatial_shapes`` int64 (levels, 2):
    height and width; ``sampling_locations`` (N, queries, heads, levels, points, 2): x, y, from 0 to 1 across
    the level; ``attention_weights`` (N, queries, heads, levels, points). The kernel's
    ``value_level_start_index`` and ``im2col_step`` are not needed. The shapes come to the host once, the only
    wait for the device.
    """
    shapes = value_spatial_shapes.tolist()
    return _attend(shapes, *full_precision(value, sampling_locations, attention_weights)).to(value.dtype)


def ms_deform_attn_backward(
    value: Tensor,
    value_spatial_shapes: Tensor,
    value_level_start_index: Tensor,
    sampling_locations: Tensor,
    attention_weights: Tensor,
    grad_output: Tensor,
    grad_value: Tensor,
    grad_sampling_loc: Tensor,
    grad_attn_weight: Tensor,
    im2col_step: int,
) -> None:
    """Fill the three gradients, shaped as what they are gradients of; the rest as in the forward."""
    *inputs, gradient = full_precision(value, sampling_locations, attention_weights, grad_output)
    leaves = [tensor.detach().requires_grad_() for tensor in inputs]
    with torch.enable_grad():
        output = _attend(value_spatial_shapes.tolist(), *leaves)
    for buffer, computed in zip(
        (grad_value, grad_sampling_loc, grad_attn_weight),
        torch.autograd.grad(output, leaves, gradient),
        strict=True,
    ):
        buffer.copy_(computed)


def _attend(shapes: list[list[int]], value: Tensor, locations: Tensor, weights: Tensor) -> Tensor:
    batch, _, heads, channels = value.shape
    queries = locations.shape[1]
    grid = (2 * locations - 1).transpose(1, 2).flatten(0, 1)
    weights = weights.transpose(1, 2).flatten(0, 1)[:, None]
    output = value.new_zeros(batch * heads, channels, queries)
    pixels = torch.split(value, [height * width for height, width in shapes], dim=1)
    for level, ((height, width), plane) in enumerate(zip(shapes, pixels, strict=True)):
        features = plane.permute(0, 2, 3, 1).reshape(batch * heads, channels, height, width)
        samples = grid_sample(features, grid[:, :, level], align_corners=False)
        output = output + (samples * weights[:, :, :, level]).sum(dim=-1)
    return output.view(batch, heads * channels, queries).transpose(1, 2).contiguous()

"""Filters turned to several orientations, from S²A-Net (arXiv:2008.09397)."""

from __future__ import annotations

from torch import Tensor

from segdet_kit.openmmlab.ops.precision import full_precision


def active_rotated_filter_forward(input: Tensor, indices: Tensor, output: Tensor) -> None:
    """Fill ``output`` (O · R, I · o, H, W) with R turned copies of each filter.

    ``input`` (O, I, o, H, W) are the filters: output planes, input planes and orientations. ``indices`` int
    (o, H, W, R) tell for each entry of an input plane's filter its place, counted from 1, in each of R
    rotations.
    """
    places, shape = _places(input.shape[:2], indices)
    values = input.flatten(2)[:, None].expand(shape)
    output.copy_(input.new_zeros(shape).scatter_(3, places, values).view(output.shape))


def active_rotated_filter_backward(grad_out: Tensor, indices: Tensor, grad_in: Tensor) -> None:
    """Fill ``grad_in`` with the gradient of the filters; shapes as in the forward."""
    places, shape = _places(grad_in.shape[:2], indices)
    (gradient,) = full_precision(grad_out)
    grad_in.copy_(gradient.reshape(shape).gather(3, places).sum(dim=1).view(grad_in.shape))


def _places(planes: tuple[int, ...], indices: Tensor) -> tuple[Tensor, tuple[int, ...]]:
    """Where each entry goes, as large as the output seen as the shape (O, R, I, entries)."""
    places = indices.flatten(0, 2).T.long() - 1
    shape = planes[0], places.shape[0], planes[1], places.shape[1]
    return places[None, :, None].expand(shape), shape

"""Choosing among candidates, for a whole batch at once and without a branch that depends on what is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.ops.nms import nms


def check_suppression(settings: Mapping[str, Any]) -> None:
    """Raise ``KitError`` for another suppression of overlapping boxes than the plain one."""
    kind = (settings.get("nms") or {}).get("type", "nms")
    if kind != "nms":
        raise KitError(f"{kind} cannot be exported", "plain NMS can: test_cfg.nms = dict(type='nms', ...)")


def highest(scores: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Return the ``most`` highest of scores (N, K) in 0..1, and their places, both (N, ``most``).

    Where K is smaller, the rest have the score -1 and the place 0.
    """
    values, places = pad(scores, (0, most), value=-1.0).topk(most, dim=1)
    return values, torch.where(values < 0, 0, places)


def suppress(
    boxes: Tensor, scores: Tensor, labels: Tensor, found: Tensor, settings: Mapping[str, Any]
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the best boxes (N, M, 4) of each image, with scores (N, M) and labels (N, M), the surest first.

    ``boxes`` (N, K, 4), ``scores`` and ``labels`` (N, K): candidates, of which ``found`` (N, K) marks those
    that count. ``settings``: ``nms``, with its ``iou_threshold``, and ``max_per_img``, which is M. An image
    of fewer objects has boxes 0, scores 0 and labels -1 behind them.
    """
    images, most = boxes.shape[0], int(settings["max_per_img"])
    image, place = found.nonzero(as_tuple=True)
    boxes, scores, labels = boxes[image, place], scores[image, place], labels[image, place]
    # Two empty boxes of an image that is none, cut off at the end: a graph takes it that there are some.
    image = torch.cat([image, image.new_full((2,), images)])
    boxes, scores = torch.cat([boxes, boxes.new_zeros((2, 4))]), torch.cat([scores, scores.new_zeros(2)])
    labels = torch.cat([labels, labels.new_zeros(2)])
    kept = nms(_apart(boxes, image, labels, settings["nms"]), scores, settings["nms"]["iou_threshold"], 0)
    image, boxes, scores, labels = image[kept], boxes[kept], scores[kept], labels[kept]
    # Which one of its image each is; those past the limit share a place that is cut off.
    own = image[:, None] == torch.arange(images + 1, device=image.device)
    rank = (own * own.long().cumsum(0)).sum(1) - 1
    where = (image, rank.clamp(max=most))
    return (
        boxes.new_zeros((images + 1, most + 1, 4)).index_put(where, boxes)[:images, :most],
        scores.new_zeros((images + 1, most + 1)).index_put(where, scores)[:images, :most],
        labels.new_full((images + 1, most + 1), -1).index_put(where, labels)[:images, :most],
    )


def _apart(boxes: Tensor, image: Tensor, labels: Tensor, settings: Mapping[str, Any]) -> Tensor:
    """Move boxes so that only those of one image and class overlap, as mmcv's ``batched_nms`` does."""
    group = image
    if not settings.get("class_agnostic", False):
        group = image * (labels.max() + 1) + labels
    return boxes + (group * (boxes.max() + 1))[:, None]

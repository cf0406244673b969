"""RTMDet's segmenter of objects as one graph: each place predicts a small network that draws its mask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from segdet_kit.openmmlab.export.dense import Dense, best_places, large_enough, last, take
from segdet_kit.openmmlab.export.suppression import suppress

REACH = 8
"""In how many strides of its place an object's network counts distances."""


class RTMDetIns(Dense):
    """RTMDet-Ins (Lyu et al. 2022): ``masks`` besides, float32 (N, M, h, w), logits over the padded image."""

    task = "instance"
    outputs = ("boxes", "scores", "labels", "masks")

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.finishing = {
            "mask_stride": model.bbox_head.prior_generator.strides[0][0],
            "mask_threshold": self.thresholds["mask_thr_binary"],
        }

    def find(self, features: Sequence[Tensor], height: int, width: int) -> tuple[Tensor, ...]:
        """Find objects as RTMDet does, and draw the masks of those that stay."""
        head, settings = self.model.bbox_head, self.thresholds
        *levels, pixels = head(features)
        priors = head.prior_generator.grid_priors(
            [level.shape[-2:] for level in levels[0]], device=pixels.device, with_stride=True
        )
        chosen = best_places(head, list(zip(*levels[:2], strict=True)), settings, height, width)
        boxes, scores, labels, found, _ = (torch.cat(parts, dim=1) for parts in zip(*chosen, strict=True))
        starts = [sum(prior.shape[0] for prior in priors[:level]) for level in range(len(priors))]
        places = torch.cat([best[-1] + start for best, start in zip(chosen, starts, strict=True)], dim=1)
        found = large_enough(boxes, found, settings)
        which, scores = _survivors(boxes, scores, labels, found, settings)
        candidate = which.clamp(min=0)
        place = places.gather(1, candidate)
        kernels = torch.cat([last(level, head.num_gen_params) for level in levels[2]], dim=1)
        return (
            take(boxes, candidate) * (which >= 0)[..., None],
            scores,
            torch.where(which >= 0, labels.gather(1, candidate), -1),
            _drawn(head, pixels, take(kernels, place), torch.cat(priors)[place]),
        )


def _survivors(
    boxes: Tensor, scores: Tensor, labels: Tensor, found: Tensor, settings: dict[str, Any]
) -> tuple[Tensor, Tensor]:
    """Return the numbers of the candidates that stay, (N, M), -1 where there are fewer, and their scores."""
    nms = settings["nms"]
    if not nms.get("class_agnostic", False):
        boxes = boxes + (labels * (boxes.max() + 1))[..., None]
    numbers = torch.arange(boxes.shape[1], device=boxes.device).expand_as(labels)
    alone = {**settings, "nms": {**nms, "class_agnostic": True}}
    _, scores, which = suppress(boxes, scores, numbers, found, alone)
    return which, scores


def _drawn(head: Any, pixels: Tensor, kernels: Tensor, priors: Tensor) -> Tensor:
    """Apply each object's layers (N, M, parameters) to the features (N, C, h, w): logits (N, M, h, w).

    ``priors`` (N, M, 4): x, y and strides of the objects' places, from which their networks count.
    """
    height, width = pixels.shape[-2:]
    grid = head.prior_generator.single_level_grid_priors((height, width), level_idx=0, device=pixels.device)
    away = (priors[..., None, :2] - grid) / (priors[..., None, 2:] * REACH)
    shared = pixels.flatten(2)[:, None].expand(-1, kernels.shape[1], -1, -1)
    x = torch.cat([away.transpose(2, 3), shared], dim=2)
    layers = len(head.bias_nums)
    parts = torch.split(kernels, [*head.weight_nums, *head.bias_nums], dim=-1)
    for number, (weight, bias) in enumerate(zip(parts[:layers], parts[layers:], strict=True)):
        x = weight.reshape(*bias.shape, -1) @ x + bias[..., None]
        if number < layers - 1:
            x = x.relu()
    return x.reshape(*x.shape[:2], height, width)

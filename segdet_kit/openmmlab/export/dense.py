"""Detectors of one stage as one graph: heads that score every place of every level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from segdet_kit.openmmlab.export.pixels import Pixels
from segdet_kit.openmmlab.export.suppression import check_suppression, suppress

ONLY_NMS = 1000
"""At most so many objects an image, where a head names no limit of its own."""


class Detector(nn.Module):
    """Images uint8 RGB (N, H, W, 3) to the objects in them, the surest first.

    ``boxes`` float32 (N, M, 4), x1 y1 x2 y2 in pixels of the images that go in; ``scores`` float32 (N, M);
    ``labels`` int64 (N, M). Where there are fewer than M objects, the rest have label -1 and score 0. A
    subclass knows how its head's outputs are decoded. Raises ``KitError`` for a suppression that cannot be
    exported.
    """

    task = "detection"
    outputs: tuple[str, ...] = ("boxes", "scores", "labels")
    compared: tuple[str, ...] = ()
    finishing: Mapping[str, Any] = {}

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.pixels = Pixels(model.data_preprocessor)
        self.model = model
        self.thresholds: dict[str, Any] = model.test_cfg.to_dict()

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return ``boxes``, ``scores`` and ``labels``."""
        features = self.model.extract_feat(self.pixels(images))
        return self.find(features, images.shape[1], images.shape[2])

    def find(self, features: Sequence[Tensor], height: int, width: int) -> tuple[Tensor, ...]:
        """Return the outputs for an image's features. Boxes end at ``height`` and ``width``."""
        raise NotImplementedError


class Dense(Detector):
    """Heads that mmdet decodes by ``BaseDenseHead``: RTMDet, RetinaNet, FCOS, ATSS and their kin."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        check_suppression(self.thresholds)

    def find(self, features: Sequence[Tensor], height: int, width: int) -> tuple[Tensor, ...]:
        """Decode all places, choose the best of each level, and suppress what overlaps."""
        head, settings = self.model.bbox_head, self.thresholds
        chosen = best_of_levels(head, features, settings, height, width)
        boxes, scores, labels, found = (torch.cat(parts, dim=1) for parts in zip(*chosen, strict=True))
        return suppress(boxes, scores, labels, large_enough(boxes, found, settings), settings)


class YOLOX(Detector):
    """YOLOX (Ge et al. 2021), whose places have one class each, and how sure an object is there."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        check_suppression(self.thresholds)
        self.thresholds.setdefault("max_per_img", ONLY_NMS)

    def find(self, features: Sequence[Tensor], height: int, width: int) -> tuple[Tensor, ...]:
        """Decode all places and suppress what overlaps."""
        head, settings = self.model.bbox_head, self.thresholds
        outputs = head(features)
        sizes = [level.shape[-2:] for level in outputs[0]]
        priors = head.prior_generator.grid_priors(
            sizes, dtype=features[0].dtype, device=features[0].device, with_stride=True
        )
        logits, deltas, sure = (
            torch.cat([last(level, channels) for level in levels], dim=1)
            for levels, channels in zip(outputs, (head.cls_out_channels, 4, 1), strict=True)
        )
        scores, labels = logits.sigmoid().max(-1)
        scores = scores * sure[..., 0].sigmoid()
        boxes = head._bbox_decode(torch.cat(priors), deltas)
        return suppress(boxes, scores, labels, scores >= settings["score_thr"], settings)


def best_of_levels(
    head: Any, features: Sequence[Tensor], settings: Mapping[str, Any], height: int, width: int
) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Return boxes (N, K, 4), scores, labels and whether they count (N, K), of each level's best places."""
    levels = list(zip(*head(features), strict=True))
    return [best[:4] for best in best_places(head, levels, settings, height, width)]


def best_places(
    head: Any, levels: Sequence[Sequence[Tensor]], settings: Mapping[str, Any], height: int, width: int
) -> list[tuple[Tensor, Tensor, Tensor, Tensor, Tensor]]:
    """Return what ``best_of_levels`` does, and the places (N, K) in their level.

    ``levels``: what the head says of each level: logits, deltas, and how well a box is centred, if it does.
    """
    sizes = [level[0].shape[-2:] for level in levels]
    first = levels[0][0]
    priors = head.prior_generator.grid_priors(sizes, dtype=first.dtype, device=first.device)
    return [
        _best(head, level, prior, settings, height, width)
        for level, prior in zip(levels, priors, strict=True)
    ]


def _best(
    head: Any,
    outputs: Sequence[Tensor],
    priors: Tensor,
    settings: Mapping[str, Any],
    height: int,
    width: int,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    logits = last(outputs[0], head.cls_out_channels)
    scores = logits if head.use_sigmoid_cls else logits.softmax(-1)[..., :-1]
    classes = scores.shape[-1]
    scores = scores.flatten(1)
    values, places = scores.topk(torch.sym_min(scores.shape[1], settings["nms_pre"]), dim=1)
    values = probability(values) if head.use_sigmoid_cls else values
    place = places // classes
    deltas = take(last(outputs[1], head.bbox_coder.encode_size), place)
    images, most = place.shape
    boxes = head.bbox_coder.decode(priors[place].flatten(0, 1), deltas.flatten(0, 1))
    boxes = clip(boxes, height, width) if head.bbox_coder.clip_border else boxes
    found = values > settings.get("score_thr", 0)
    if len(outputs) == 3:
        values = values * take(last(outputs[2], 1), place)[..., 0].sigmoid()
    return boxes.reshape(images, most, 4), values, places % classes, found, place


def probability(logits: Tensor) -> Tensor:
    """Return the sigmoid by its definition: ONNX Runtime's own is 0 below -18, where proposals differ."""
    return 1 / (1 + torch.exp(-logits))


def large_enough(boxes: Tensor, found: Tensor, settings: Mapping[str, Any]) -> Tensor:
    """Return ``found`` (N, K) without those boxes (N, K, 4) that have a side of ``min_bbox_size`` or less."""
    side = settings.get("min_bbox_size", -1)
    return found & (boxes[..., 2:] - boxes[..., :2] > side).all(-1) if side >= 0 else found


def last(level: Tensor, channels: int) -> Tensor:
    """Turn a level's output (N, A * C, H, W) into (N, H * W * A, C): a row for each place and anchor."""
    return level.permute(0, 2, 3, 1).reshape(level.shape[0], -1, channels)


def take(rows: Tensor, place: Tensor) -> Tensor:
    """Return the rows (N, K, C) of ``rows`` (N, P, C) at ``place`` (N, K)."""
    return rows.gather(1, place[..., None].expand(-1, -1, rows.shape[-1]))


def clip(boxes: Tensor, height: int, width: int) -> Tensor:
    """Return boxes (..., 4) cut off at the borders of the image."""
    x, y = boxes[..., 0::2].clamp(0, width), boxes[..., 1::2].clamp(0, height)
    return torch.stack([x[..., 0], y[..., 0], x[..., 1], y[..., 1]], dim=-1)

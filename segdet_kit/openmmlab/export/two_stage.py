"""Detectors of two stages as one graph: proposals, then their classes, boxes and masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torchvision.ops import roi_align

from segdet_kit.openmmlab.export.dense import Detector, best_of_levels, clip, large_enough
from segdet_kit.openmmlab.export.suppression import check_suppression, suppress


class FasterRCNN(Detector):
    """Faster R-CNN (Ren et al. 2015)."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        for stage in ("rpn", "rcnn"):
            check_suppression(self.thresholds[stage])

    def find(self, features: Sequence[Tensor], height: int, width: int) -> tuple[Tensor, ...]:
        """Propose, classify what is proposed, and suppress what overlaps."""
        rois, proposed = self._propose(features, height, width)
        settings = self.thresholds["rcnn"]
        logits, boxes = self._judge(features, rois, height, width)
        images, most = proposed.shape
        scores = logits.softmax(-1)[:, :-1]
        classes = scores.shape[-1]
        boxes = boxes.reshape(images, most, -1, 4).expand(-1, -1, classes, -1).flatten(1, 2)
        scores = scores.reshape(images, most * classes)
        labels = torch.arange(classes, device=scores.device).repeat(most).expand(images, -1)
        found = (scores > settings["score_thr"]) & proposed.repeat_interleave(classes, dim=1)
        return suppress(boxes, scores, labels, found, settings)

    def _judge(
        self, features: Sequence[Tensor], rois: Tensor, height: int, width: int
    ) -> tuple[Tensor, Tensor]:
        """Return the logits (K, C + 1) of regions (K, 5), and their boxes (K or K * C, 4), for each class."""
        roi_head = self.model.roi_head
        return judged(roi_head.bbox_roi_extractor, roi_head.bbox_head, features, rois, height, width)

    def _propose(self, features: Sequence[Tensor], height: int, width: int) -> tuple[Tensor, Tensor]:
        """Return regions (N * K, 5), the image's number before the box, and which of them count, (N, K)."""
        settings = self.thresholds["rpn"]
        boxes, scores, levels, found = [], [], [], []
        chosen = best_of_levels(self.model.rpn_head, features, settings, height, width)
        for level, (box, score, label, _) in enumerate(chosen):
            boxes.append(box)
            scores.append(score)
            levels.append(torch.full_like(label, level))  # each level is suppressed by itself
            found.append(large_enough(box, torch.ones_like(label, dtype=torch.bool), settings))
        box, score, level_of, counts = (torch.cat(parts, dim=1) for parts in (boxes, scores, levels, found))
        proposals, _, labels = suppress(box, score, level_of, counts, settings)
        return regions(proposals), labels >= 0


class CascadeRCNN(FasterRCNN):
    """Cascade R-CNN (Cai and Vasconcelos 2018): each stage judges the boxes of the one before."""

    def _judge(
        self, features: Sequence[Tensor], rois: Tensor, height: int, width: int
    ) -> tuple[Tensor, Tensor]:
        roi_head = self.model.roi_head
        logits = []
        for extractor, head in zip(roi_head.bbox_roi_extractor, roi_head.bbox_head, strict=True):
            found, boxes = judged(extractor, head, features, rois, height, width)
            logits.append(found)
            rois = torch.cat([rois[:, :1], boxes], dim=1)
        return torch.stack(logits).mean(0), boxes


class MaskRCNN(FasterRCNN):
    """Mask R-CNN (He et al. 2017): ``masks`` float32 (N, M, h, w) in 0..1 besides, each of its box."""

    outputs = ("boxes", "scores", "labels", "masks")

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.finishing = {"mask_threshold": self.thresholds["rcnn"]["mask_thr_binary"]}

    def find(self, features: Sequence[Tensor], height: int, width: int) -> tuple[Tensor, ...]:
        """Find objects, and then the mask of each for its class."""
        boxes, scores, labels = super().find(features, height, width)
        head = self.model.roi_head
        rois, classes = regions(boxes), labels.flatten()
        # Only objects get a mask; the first place twice more, since a graph takes it that there are some.
        place = (classes >= 0).nonzero()[:, 0]
        place = torch.cat([place, place.new_zeros(2)])
        logits = head.mask_head(pooled(head.mask_roi_extractor, features, rois[place]))
        kind = classes[place].clamp(0, logits.shape[1] - 1)[:, None, None, None]
        drawn = logits.gather(1, kind.expand(-1, 1, *logits.shape[2:])).sigmoid()[:, 0]
        masks = drawn.new_zeros((rois.shape[0], *drawn.shape[1:])).index_put((place,), drawn)
        return boxes, scores, labels, masks.reshape(*labels.shape, *drawn.shape[1:])


def is_standard(roi_head: Any) -> bool:
    """Tell whether an RoI head is mmdet's standard one, with parts that this file knows."""
    from mmdet.models.roi_heads import CascadeRoIHead, SingleRoIExtractor, StandardRoIHead
    from mmdet.models.roi_heads.mask_heads import FCNMaskHead

    if type(roi_head) is CascadeRoIHead:
        return not roi_head.with_mask and all(
            type(extractor) is SingleRoIExtractor and head.reg_class_agnostic and not head.custom_activation
            for extractor, head in zip(roi_head.bbox_roi_extractor, roi_head.bbox_head, strict=True)
        )
    return (
        type(roi_head) is StandardRoIHead
        and type(roi_head.bbox_roi_extractor) is SingleRoIExtractor
        and (not roi_head.with_mask or type(roi_head.mask_head) is FCNMaskHead)
    )


def judged(
    extractor: Any, head: Any, features: Sequence[Tensor], rois: Tensor, height: int, width: int
) -> tuple[Tensor, Tensor]:
    """Return what one box head says of regions (K, 5): logits (K, C + 1) and boxes (K or K * C, 4)."""
    logits, deltas = head(pooled(extractor, features, rois))
    return logits, clip(head.bbox_coder.decode(rois[:, 1:], deltas).reshape(-1, 4), height, width)


def regions(boxes: Tensor) -> Tensor:
    """Return boxes (N, K, 4) as regions (N * K, 5), the image's number before each."""
    image = torch.arange(boxes.shape[0], device=boxes.device).to(boxes.dtype)
    number = image[:, None, None].expand(-1, boxes.shape[1], 1)
    return torch.cat([number, boxes], dim=-1).flatten(0, 1)


def pooled(extractor: Any, features: Sequence[Tensor], rois: Tensor) -> Tensor:
    """Return each region's features (K, C, h, w), from the level that suits its size (Lin et al. 2017).

    Every level sees all regions, those that are not its own as points without pixels, of which nothing is
    sampled: so no count depends on what was proposed. What is pooled of a point is not a number in OpenVINO.
    """
    features = features[: extractor.num_inputs]
    own = extractor.map_roi_levels(rois, len(features))
    filled = (rois[:, 3:] > rois[:, 1:3]).all(1)
    total = None
    for level, (layer, feature) in enumerate(zip(extractor.roi_layers, features, strict=True)):
        here = (own == level) & filled
        boxes = torch.cat([rois[:, :1], rois[:, 1:] * here[:, None]], dim=1)
        found = roi_align(
            feature, boxes, layer.output_size, layer.spatial_scale, layer.sampling_ratio, layer.aligned
        )
        found = torch.where(here[:, None, None, None], found, 0)
        total = found if total is None else total + found
    assert total is not None
    return total

"""Which graph a model becomes: the kinds of models that can be exported."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from torch import nn

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.bins import replace_adaptive_pooling
from segdet_kit.openmmlab.export.dense import YOLOX, Dense
from segdet_kit.openmmlab.export.dynamic_masks import RTMDetIns
from segdet_kit.openmmlab.export.queries import QueryDetector
from segdet_kit.openmmlab.export.semantic import QuerySegmenter, Segmenter
from segdet_kit.openmmlab.export.two_stage import CascadeRCNN, FasterRCNN, MaskRCNN, is_standard
from segdet_kit.openmmlab.export.whole_masks import Mask2Former, SOLOv2

TWO_STAGE = {"FasterRCNN": FasterRCNN, "MaskRCNN": FasterRCNN, "CascadeRCNN": CascadeRCNN}
"""mmdet's detectors of two stages without masks, and their graphs."""


def graph_module(model: nn.Module) -> Any:
    """Wrap a copy of a model: what it returns takes images and has what ``Export`` asks of it.

    ``task``, ``outputs`` (names), ``compared`` (which of them have errors that are measured one by one),
    ``thresholds`` and ``finishing``. Raises ``KitError`` for a model that cannot be exported.
    """
    model = deepcopy(model)
    replace_adaptive_pooling(model)
    return _wrapped(model).eval()


def _wrapped(model: Any) -> nn.Module:
    from mmdet.models.dense_heads import RTMDetInsHead, RTMDetInsSepBNHead, YOLOXHead
    from mmdet.models.dense_heads.base_dense_head import BaseDenseHead
    from mmdet.models.detectors import DeformableDETR, SingleStageDetector
    from mmseg.models.decode_heads.decode_head import BaseDecodeHead
    from mmseg.models.segmentors import EncoderDecoder

    if isinstance(model, EncoderDecoder) and isinstance(model.decode_head, BaseDecodeHead):
        return Segmenter(model)
    if isinstance(model, EncoderDecoder) and _has_pixel_decoder(model.decode_head):
        return QuerySegmenter(model)
    if type(model).__name__ == "Mask2Former" and _has_pixel_decoder(model.panoptic_head):
        return Mask2Former(model)
    if type(model).__name__ == "SOLOv2":
        return SOLOv2(model)
    if type(model).__name__ in TWO_STAGE and is_standard(model.roi_head):
        return (MaskRCNN if model.roi_head.with_mask else TWO_STAGE[type(model).__name__])(model)
    if isinstance(model, DeformableDETR) and model.bbox_head.loss_cls.use_sigmoid:
        return QueryDetector(model)
    head = getattr(model, "bbox_head", None) or getattr(model, "decode_head", None)
    if isinstance(model, SingleStageDetector) and isinstance(head, YOLOXHead):
        return YOLOX(model)
    if isinstance(model, SingleStageDetector) and type(head) in (RTMDetInsHead, RTMDetInsSepBNHead):
        return RTMDetIns(model)
    if isinstance(model, SingleStageDetector) and _decodes_as(head, BaseDenseHead):
        return Dense(model)
    head_name = "" if head is None else f" with head {type(head).__name__}"
    raise KitError(
        f"a {type(model).__name__}{head_name} cannot be exported", "docs/export.md says which heads can"
    )


def _decodes_as(head: Any, base: Any) -> bool:
    """Tell whether a head leaves its decoding to mmdet's common one."""
    ways = ("predict", "predict_by_feat", "_predict_by_feat_single", "_bbox_post_process")
    return isinstance(head, base) and all(getattr(type(head), way) is getattr(base, way) for way in ways)


def _has_pixel_decoder(head: Any) -> bool:
    """Tell whether a head is Mask2Former's, with the pixel decoder that its paper has."""
    from mmdet.models.dense_heads import Mask2FormerHead
    from mmdet.models.layers import MSDeformAttnPixelDecoder

    return isinstance(head, Mask2FormerHead) and type(head.pixel_decoder) is MSDeformAttnPixelDecoder

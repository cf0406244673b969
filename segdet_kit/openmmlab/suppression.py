"""Non-maximum suppression that ends when it has all the boxes that a head keeps."""

from __future__ import annotations

import copy
import functools
import sys
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

PREFIX = 4
"""How many candidates are looked at for each box that is kept; as many times more if they do not suffice."""


def end_suppression_early(model: nn.Module) -> None:
    """Let the dense heads of a detector suppress among their best candidates only, with the same results.

    Greedy suppression decides on boxes by their score, so the first ``max_per_img`` that stay are known
    before the rest is looked at. Heads whose post-processing is not mmdet's common one are left alone.
    """
    from mmdet.models.dense_heads import RPNHead, RTMDetInsHead
    from mmdet.models.dense_heads.base_dense_head import BaseDenseHead

    cutting = {
        BaseDenseHead._bbox_post_process,
        RPNHead._bbox_post_process,
        RTMDetInsHead._bbox_mask_post_process,
    }
    for head in model.modules():
        for name in ("_bbox_post_process", "_bbox_mask_post_process"):
            if getattr(type(head), name, None) in cutting:
                setattr(head, name, _with_early_end(getattr(head, name)))


def _with_early_end(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def post_process(*arguments: Any, cfg: Mapping[str, Any], **named: Any) -> Any:
        return method(*arguments, cfg=_early(cfg), **named)

    return post_process


def _early(settings: Any) -> Any:
    """Return a head's ``test_cfg`` with ``best_boxes`` in the place of plain suppression."""
    suppression = settings.get("nms") or {}
    most = settings.get("max_per_img", -1)
    if suppression.get("type", "nms") != "nms" or most <= 0:
        return settings
    settings = copy.copy(settings)
    # mmcv goes class by class where there are many boxes, unless that threshold is out of reach.
    settings["nms"] = {**suppression, "type": best_boxes, "max_num": most, "split_thr": sys.maxsize}
    return settings


def best_boxes(
    boxes: Tensor, scores: Tensor, iou_threshold: float, max_num: int, **settings: Any
) -> tuple[Tensor, Tensor]:
    """Return what ``mmcv.ops.nms`` returns of ``boxes`` (N, 4) and ``scores`` (N,), without looking at all.

    That is, the boxes that stay with their scores (K, 5), and their indices int64 (K,), best score first,
    ``max_num`` at most.
    """
    from mmcv.ops import nms

    order = scores.sort(descending=True, stable=True).indices
    count = PREFIX * max_num
    while True:
        best = order[:count]
        found, kept = nms(boxes[best], scores[best], iou_threshold, max_num=max_num, **settings)
        if len(kept) == max_num or count >= len(order):
            return found, best[kept]
        count *= PREFIX

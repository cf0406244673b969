"""The class of each pixel, decided in less time than by ``argmax``."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn


def likeliest(logits: Tensor) -> Tensor:
    """Return the index of the largest of C logits (C, H, W) for each pixel, int64 (1, H, W).

    The first of equal ones, as ``argmax``, which is several times slower than ``max`` over the outermost
    dimension on a CPU.
    """
    return logits.max(0, keepdim=True).indices


def decide_quickly(model: nn.Module) -> None:
    """Let a segmenter of mmseg decide on pixels by ``likeliest``, with the same results."""
    from mmseg.models import BaseSegmentor
    from mmseg.models.utils import resize

    if not isinstance(model, BaseSegmentor) or (
        type(model).postprocess_result is not BaseSegmentor.postprocess_result
    ):
        return
    common = model.postprocess_result

    @functools.wraps(common)
    def postprocess_result(seg_logits: Tensor, data_samples: Sequence[Any] | None = None) -> Sequence[Any]:
        if data_samples is None or seg_logits.shape[1] == 1 or any(each.get("flip") for each in data_samples):
            return common(seg_logits, data_samples)
        for logits, sample in zip(seg_logits, data_samples, strict=True):
            inner = _without_padding(logits, sample)
            whole = resize(
                inner[None],
                size=sample.ori_shape,
                mode="bilinear",
                align_corners=model.align_corners,
                warning=False,
            )[0]
            add_label_map(sample, whole, likeliest(whole))
        return data_samples

    model.postprocess_result = postprocess_result


def add_label_map(sample: Any, logits: Tensor, labels: Tensor) -> None:
    """Add to a data sample what mmseg's segmenters add: logits (C, H, W) and labels (1, H, W)."""
    from mmengine.structures import PixelData

    sample.set_data({"seg_logits": PixelData(data=logits), "pred_sem_seg": PixelData(data=labels)})


def _without_padding(logits: Tensor, sample: Any) -> Tensor:
    padding = sample.get("img_padding_size", sample.get("padding_size", (0, 0, 0, 0)))
    left, right, top, bottom = padding
    height, width = logits.shape[1:]
    return logits[:, top : height - bottom, left : width - right]

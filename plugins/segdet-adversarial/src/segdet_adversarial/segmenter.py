"""What a segmenter makes of a batch: logits for each pixel, and its own losses."""

from __future__ import annotations

from typing import Any

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.segmentors import EncoderDecoder
from mmseg.models.utils import resize
from mmseg.utils import add_prefix
from torch import Tensor

from segdet_kit.errors import KitError


def check_decoder(model: Any) -> None:
    """Raise ``KitError`` unless the model's loss is of one map of logits, with a channel for each class."""
    head: Any = getattr(model, "decode_head", None)
    plain = isinstance(model, EncoderDecoder) and isinstance(head, BaseDecodeHead)
    if (
        not plain
        or type(model).loss is not EncoderDecoder.loss
        or type(head).loss is not BaseDecodeHead.loss
        or type(head).loss_by_feat is not BaseDecodeHead.loss_by_feat
    ):
        raise KitError(
            f"adversarial training needs a loss of one map of logits, and {type(head).__name__} has another",
            "choose another head, such as fcn, segformer, unet or deeplabv3plus",
        )
    if head.out_channels < 2:
        raise KitError(
            "adversarial training needs two classes at least, and the decoder has one channel",
            "name the background as a class too",
        )


def labels_of(model: EncoderDecoder, batch: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """Return the label maps (N, H, W) of a preprocessed batch, and where they are not to be ignored."""
    labels = torch.cat([sample.gt_sem_seg.data for sample in batch["data_samples"]])
    return labels, labels != model.decode_head.ignore_index


def supervised(model: EncoderDecoder, batch: dict[str, Any]) -> tuple[Tensor, dict[str, Tensor]]:
    """Return logits (N, C, H, W) in the images' resolution, and the losses of decoder and auxiliary head."""
    features = model.extract_feat(batch["inputs"])
    logits = model.decode_head(features)
    losses = add_prefix(model.decode_head.loss_by_feat(logits, batch["data_samples"]), "decode")
    if model.with_auxiliary_head:
        losses |= model._auxiliary_head_forward_train(features, batch["data_samples"])
    return _enlarged(model, logits, batch), losses


def decoded(model: EncoderDecoder, batch: dict[str, Any]) -> Tensor:
    """Return the logits (N, C, H, W) alone."""
    return _enlarged(model, model.decode_head(model.extract_feat(batch["inputs"])), batch)


def _enlarged(model: EncoderDecoder, logits: Tensor, batch: dict[str, Any]) -> Tensor:
    enlarged: Tensor = resize(
        logits, size=batch["inputs"].shape[2:], mode="bilinear", align_corners=model.align_corners
    )
    return enlarged

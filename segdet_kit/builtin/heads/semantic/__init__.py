"""Semantic segmentation heads: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Head

HEADS = (
    Head(
        name="fcn",
        target="mmseg.models.decode_heads.fcn_head:FCNHead",
        summary="fully convolutional segmentation (Long et al. 2015), with an auxiliary head",
        tasks=("semantic",),
        base="mmseg::fcn/fcn_r18-d8_4xb2-80k_cityscapes-512x1024.py",
        slot="decode_head",
        strides=(4, 8, 16, 32),
        output_stride=8,
        losses={"pixel": "decode_head.loss_decode"},
    ),
    Head(
        name="segformer",
        target="mmseg.models.decode_heads.segformer_head:SegformerHead",
        summary="all-MLP decoder over four levels (Xie et al. 2021)",
        tasks=("semantic",),
        base="mmseg::segformer/segformer_mit-b0_8xb2-160k_ade20k-512x512.py",
        slot="decode_head",
        strides=(4, 8, 16, 32),
        losses={"pixel": "decode_head.loss_decode"},
    ),
)

"""SegFormer's backbone, for both toolboxes."""

from __future__ import annotations

from typing import Any

from mmseg.models.backbones import MixVisionTransformer as MMSegMixVisionTransformer

from segdet_kit.openmmlab.weights import Pretrained, WithWeights

OPENMMLAB = "https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/segformer"
PUBLISHED = {
    (32, 8): "mit_b0_20220624-7e0fe6dd",
    (64, 8): "mit_b1_20220624-02e5a6a1",
    (64, 16): "mit_b2_20220624-66e8bf70",
}
"""By ``embed_dims`` and the number of layers: ImageNet weights of OpenMMLab."""


class MixVisionTransformer(WithWeights, MMSegMixVisionTransformer):  # type: ignore[misc]
    """mmseg's Mix Vision Transformer (Xie et al. 2021): overlapping patches, no positional encoding.

    ``embed_dims``: channels of the first level, whose multiples by 2, 5 and 8 the others have.
    ``num_layers``: transformer layers of each level. ``pretrained``: ``False``, ``True`` for OpenMMLab's
    ImageNet weights of b0 to b2, or where others lie. ``out_indices``: levels to return, from 0 (stride 4)
    to 3 (stride 32).
    """

    def __init__(
        self,
        embed_dims: int,
        num_layers: tuple[int, ...],
        pretrained: Pretrained = False,
        drop_path_rate: float = 0.1,
        **arguments: Any,
    ) -> None:
        super().__init__(
            embed_dims=embed_dims,
            num_layers=num_layers,
            num_heads=(1, 2, 5, 8),
            drop_path_rate=drop_path_rate,
            **arguments,
        )
        self.pretrained = pretrained
        name = PUBLISHED.get((embed_dims, sum(num_layers)))
        self.url = f"{OPENMMLAB}/{name}.pth" if name else ""

"""SegFormer's backbone, for both toolboxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmseg.models.backbones import MixVisionTransformer as MMSegMixVisionTransformer
from mmseg.models.utils import nlc_to_nchw
from torch import Tensor, nn

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

    layers: Any
    out_indices: Sequence[int]

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
        self.ends = nn.ModuleList(nn.Identity() for _ in self.layers)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of ``out_indices``. As mmseg's, but a module returns each map of a stage."""
        maps = []
        x = images
        for index, ((embed, layers, norm), end) in enumerate(zip(self.layers, self.ends, strict=True)):
            x, size = embed(x)
            for layer in layers:
                x = layer(x, size)
            x = end(nlc_to_nchw(norm(x), size))
            if index in self.out_indices:
                maps.append(x)
        return tuple(maps)

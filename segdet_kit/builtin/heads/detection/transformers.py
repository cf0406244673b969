"""Detectors that find objects by queries, at any number of queries and any size of image."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from mmdet.models import detectors
from torch import Tensor
from torch.nn.functional import pad


class DeformableDETR(detectors.DeformableDETR):  # type: ignore[misc]
    """mmdet's Deformable DETR (Zhu et al. 2021): queries attend to few points of all levels.

    ``num_queries``: the most objects that can be found. More arguments are the model's:
    ``encoder=dict(num_layers=...)``, ``decoder=dict(num_layers=...)``.
    """

    def __init__(self, *, num_queries: int, test_cfg: Any, **arguments: Any) -> None:
        super().__init__(
            num_queries=num_queries, test_cfg=at_most(test_cfg, "max_per_img", num_queries), **arguments
        )


class DINO(detectors.DINO):  # type: ignore[misc]
    """mmdet's DINO (Zhang et al. 2023): queries start from what the encoder proposes, and learn to denoise.

    ``num_queries``: the most objects that can be found. More arguments are the model's, as for
    ``DeformableDETR``.
    """

    def __init__(self, *, num_queries: int, test_cfg: Any, **arguments: Any) -> None:
        super().__init__(
            num_queries=num_queries, test_cfg=at_most(test_cfg, "max_per_img", num_queries), **arguments
        )

    def gen_encoder_output_proposals(
        self, memory: Tensor, memory_mask: Tensor, spatial_shapes: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return mmdet's proposals (N, P, C) and (N, P, 4), with P at least the number of queries.

        A small image has fewer places. Those that lack are added as mmdet marks places that are not valid:
        without features, and infinitely far.
        """
        features, boxes = super().gen_encoder_output_proposals(memory, memory_mask, spatial_shapes)
        lacking = max(0, self.num_queries - features.shape[1])
        return pad(features, (0, 0, 0, lacking)), pad(boxes, (0, 0, 0, lacking), value=float("inf"))


def at_most(test_cfg: Any, key: str, queries: int) -> Any:
    """Return the settings of testing with no more predictions asked for than there are queries."""
    limited = deepcopy(test_cfg)
    limited[key] = min(limited[key], queries)
    return limited

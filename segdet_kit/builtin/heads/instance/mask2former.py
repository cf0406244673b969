"""Mask2Former at any number of queries."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from mmdet.models.detectors import Mask2Former as MMDetMask2Former


class Mask2Former(MMDetMask2Former):  # type: ignore[misc]
    """mmdet's Mask2Former (Cheng et al. 2022): each query finds the mask and class of an object.

    ``num_queries``: the most objects that can be found; by default what ``panoptic_head`` says. More
    arguments are the model's: ``panoptic_head=dict(feat_channels=...)``.
    """

    def __init__(
        self, *, panoptic_head: Any, test_cfg: Any, num_queries: int | None = None, **arguments: Any
    ) -> None:
        panoptic_head, test_cfg = deepcopy(panoptic_head), deepcopy(test_cfg)
        queries = num_queries or panoptic_head["num_queries"]
        panoptic_head["num_queries"] = queries
        # mmdet takes the best pairs of a query and a class, of which there may be fewer than it asks for.
        test_cfg["max_per_image"] = min(test_cfg["max_per_image"], queries)
        super().__init__(panoptic_head=panoptic_head, test_cfg=test_cfg, **arguments)

"""RTMDet's backbone, for both toolboxes."""

from __future__ import annotations

from typing import Any

from mmdet.models.backbones import CSPNeXt as MMDetCSPNeXt

from segdet_kit.openmmlab.weights import Pretrained, WithWeights


class CSPNeXt(WithWeights, MMDetCSPNeXt):  # type: ignore[misc]
    """mmdet's CSPNeXt (Lyu et al. 2022): cross-stage partial blocks with 5 x 5 depthwise convolutions.

    ``deepen_factor`` and ``widen_factor``: of blocks and channels, 1 being RTMDet-l's. ``pretrained``:
    ``False``, or where weights lie; no weights are published with their hash. ``out_indices``: levels to
    return, from 0 (stride 2) to 4 (stride 32).
    """

    def __init__(
        self, deepen_factor: float, widen_factor: float, pretrained: Pretrained = False, **arguments: Any
    ) -> None:
        super().__init__(deepen_factor=deepen_factor, widen_factor=widen_factor, **arguments)
        self.pretrained = pretrained

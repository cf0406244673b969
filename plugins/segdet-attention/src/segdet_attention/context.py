"""Blocks that add to each place what the rest of the map holds."""

from __future__ import annotations

from mmcv.cnn import ContextBlock, NonLocal2d


class NonLocal(NonLocal2d):  # type: ignore[misc]
    """mmcv's non-local block (Wang et al. 2018), embedded Gaussian: every place attends to every other.

    ``channels`` divided by ``reduction`` is the width of queries, keys and values. An image takes (H W)²
    numbers of memory; ``sub_sample``, which pools keys and values to half their side, makes a quarter of it.
    It begins as the identity.
    """

    def __init__(self, channels: int, reduction: int = 2, sub_sample: bool = False) -> None:
        super().__init__(channels, reduction=reduction, sub_sample=sub_sample)


class GlobalContext(ContextBlock):  # type: ignore[misc]
    """mmcv's global context block (Cao et al. 2019): one attention for all places, added to each.

    ``channels`` divided by ``reduction`` is the width of the layer between. It begins as the identity.
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__(channels, ratio=1 / min(reduction, channels))

"""Join four samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from segdet_kit.builtin.augmentations.crop import Crop
from segdet_kit.builtin.augmentations.geometry import label_maps
from segdet_kit.builtin.augmentations.instances import join_instances
from segdet_kit.builtin.augmentations.mixing import MixingTransform
from segdet_kit.builtin.augmentations.scale import Scale, scaling
from segdet_kit.errors import KitError

SCALE = Scale()


class Mosaic(MixingTransform):
    """Join four samples into one, which meet at a random point (Bochkovskiy et al. 2020).

    Each is scaled, laid with a corner at that point, and cut off at the edge; where it ends before, the
    mosaic is grey. ``size``: (height, width) of the mosaic. ``factor``: the least and the greatest scale,
    halving as often as doubling. ``middle``: the least and the greatest place of the point, as
    fractions of the width and of the height. ``prob``: how often, 0..1. ``fill``: grey of what is
    uncovered, 0..255. ``min_visible``: the fraction of an instance that must remain. Raises
    ``KitError`` without a size.
    """

    def __init__(
        self,
        size: tuple[int, int] | None = None,
        factor: tuple[float, float] = (0.5, 1.0),
        middle: tuple[float, float] = (0.3, 0.7),
        prob: float = 0.5,
        fill: int = 114,
        min_visible: float = 0.1,
    ) -> None:
        if size is None:
            raise KitError("mosaic: no size is given", "write dict(type='mosaic', size=(height, width))")
        super().__init__(prob)
        self.height, self.width = size
        self.log_factor = np.log(factor)
        self.middle = middle
        self.fill = fill
        self.min_visible = min_visible

    def mix(self, results: dict[str, Any], partner: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Lay the sample top left, and three others around it."""
        x, y = (round(side * np.random.uniform(*self.middle)) for side in (self.width, self.height))
        parts = [
            (self._part(results, x, y, right=True, bottom=True), 0, 0),
            (self._part(partner(), self.width - x, y, right=False, bottom=True), x, 0),
            (self._part(partner(), x, self.height - y, right=True, bottom=False), 0, y),
            (self._part(partner(), self.width - x, self.height - y, right=False, bottom=False), x, y),
        ]
        for key in ["img", *label_maps(results)]:
            first, second, third, fourth = (sample[key] for sample, _, _ in parts)
            results[key] = np.vstack([np.hstack([first, second]), np.hstack([third, fourth])])
        results["img_shape"] = self.height, self.width
        if "gt_bboxes" in results:
            join_instances(results, parts, results["img_shape"])
        return results

    def _part(
        self, sample: dict[str, Any], width: int, height: int, *, right: bool, bottom: bool
    ) -> dict[str, Any]:
        """Scale a sample, and cut it to a window that it fills from one of its sides in x and in y."""
        factor = np.exp(np.random.uniform(*self.log_factor))
        sample = SCALE.apply(sample, scaling(sample, factor))
        own_height, own_width = sample["img_shape"]
        left, top = width - own_width if right else 0, height - own_height if bottom else 0
        window = Crop((height, width), self.fill, self.min_visible)
        return window.apply(sample, (np.array([[1.0, 0.0, left], [0.0, 1.0, top]]), (height, width)))

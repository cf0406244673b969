"""Turn, slant, scale and move a sample at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from segdet_kit.builtin.augmentations.geometry import AffineTransform, Map, about_centre


class Affine(AffineTransform):
    """Turn, slant, scale and move about the image's centre, by one map: pixels are interpolated once.

    ``degrees``: turned by up to this angle. ``factor``: the least and the greatest scale, halving as
    often as doubling in (0.5, 2). ``shear``: slanted along x by up to this angle, in degrees.
    ``shift``: moved by up to this fraction of the width and of the height. ``prob``: how often, 0..1.
    ``fill``: grey of what is uncovered, 0..255. ``min_visible``: the fraction of an instance that must
    remain in the image. The image's size stays.
    """

    def __init__(
        self,
        degrees: float = 10.0,
        factor: tuple[float, float] = (0.8, 1.25),
        shear: float = 5.0,
        shift: float = 0.1,
        prob: float = 0.5,
        fill: int = 114,
        min_visible: float = 0.1,
    ) -> None:
        super().__init__(prob, fill, min_visible)
        self.degrees, self.shear, self.shift = degrees, shear, shift
        self.log_factor = np.log(factor)

    def draw(self, results: dict[str, Any]) -> Map:
        """Draw an angle, a slant, a factor and a distance: slanted, turned and scaled, then moved."""
        height, width = results["img"].shape[:2]
        angle = np.deg2rad(np.random.uniform(-self.degrees, self.degrees))
        slant = np.tan(np.deg2rad(np.random.uniform(-self.shear, self.shear)))
        factor = np.exp(np.random.uniform(*self.log_factor))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        matrix = about_centre(factor * turn @ [[1, slant], [0, 1]], height, width)
        matrix[:, 2] += np.random.uniform(-self.shift, self.shift, 2) * (width, height)
        return matrix, (height, width)

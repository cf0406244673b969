"""Values of a scanner as images of 8 bits."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt
from mmcv.transforms import BaseTransform

from segdet_kit.errors import KitError

Image = npt.NDArray[Any]


class ToBytes(BaseTransform):  # type: ignore[misc]
    """Base of what maps the values of an image (H, W, C) to 0..255 by a straight line, and clips the rest.

    Images of 8 bits stay as they are: somebody has mapped them. What is no number becomes 0.
    """

    @abstractmethod
    def ends(self, image: Image) -> tuple[float, float]:
        """Return the values that become 0 and 255."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change ``img``, unless it is of bytes."""
        image = results["img"]
        if image.dtype != np.uint8:
            low, high = self.ends(image)
            scaled = (image.astype(np.float32) - np.float32(low)) * np.float32(255 / max(high - low, 1e-6))
            results["img"] = np.rint(np.nan_to_num(scaled).clip(0, 255)).astype(np.uint8)
        return results


class Window(ToBytes):
    """A window of values, as radiologists choose it for what they look at; in CT in Hounsfield units.

    ``centre - width / 2`` becomes 0 and ``centre + width / 2`` 255: DICOM's exact linear function (PS3.3,
    C.11.2.1.3.2). Raises ``KitError`` for a width that is not positive.
    """

    def __init__(self, centre: float = 40.0, width: float = 400.0) -> None:
        if width <= 0:
            raise KitError(f"a window of width {width}", "of soft tissue: dict(centre=40, width=400)")
        self.centre = centre
        self.width = width

    def ends(self, image: Image) -> tuple[float, float]:
        """Return the ends of the window."""
        return self.centre - self.width / 2, self.centre + self.width / 2


class MinMax(ToBytes):
    """Each slice's own range, for values that have no unit, as in MR.

    ``percentiles``: of the slice's values, which become 0 and 255.
    """

    def __init__(self, percentiles: tuple[float, float] = (0.0, 100.0)) -> None:
        self.percentiles = percentiles

    def ends(self, image: Image) -> tuple[float, float]:
        """Return the percentiles of what is finite; 0 and 1 where nothing is."""
        known = image[np.isfinite(image)]
        low, high = np.percentile(known, self.percentiles) if known.size else (0.0, 1.0)
        return float(low), float(high)

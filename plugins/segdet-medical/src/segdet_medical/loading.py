"""The steps by which a data set of slices loads them, in the places of mmcv's and mmseg's own."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from mmcv.transforms import BaseTransform

from segdet_kit.errors import DataError

IGNORED = 255
"""What mmseg's losses and the metrics leave out."""


class Reads(Protocol):
    """What can read slices by their names."""

    def read(self, img_path: str) -> npt.NDArray[np.float32]:
        """Return a slice (rows, columns), in the unit of its volume."""

    def truth(self, seg_map_path: str) -> npt.NDArray[Any]:
        """Return a label map (rows, columns)."""


class LoadSlice(BaseTransform):  # type: ignore[misc]
    """Loads a slice as an image (H, W, 3) float32, three times the same, in the unit of its volume."""

    def __init__(self, reads: Reads) -> None:
        self.reads = reads

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Set ``img`` and its shapes."""
        results["img"] = grey(self.reads.read(results["img_path"]))
        results["img_shape"] = results["ori_shape"] = results["img"].shape[:2]
        return results


class LoadLabels(BaseTransform):  # type: ignore[misc]
    """Loads a slice of labels, and stops at values that are no class."""

    def __init__(self, reads: Reads, classes: tuple[str, ...]) -> None:
        self.reads = reads
        self.classes = classes

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Set ``gt_seg_map`` (H, W) uint8. Raises ``DataError``."""
        labels = self.reads.truth(results["seg_map_path"])
        values = np.unique(labels)
        if strange := [
            value for value in values if value != IGNORED and value not in range(len(self.classes))
        ]:
            raise DataError(
                f"{results['seg_map_path']} holds the values {', '.join(f'{value:g}' for value in strange)}, "
                f"but there are {len(self.classes)} classes: "
                f"{', '.join(f'{i} {c}' for i, c in enumerate(self.classes))}",
                f"add the missing classes; {IGNORED} counts for nothing",
            )
        results["gt_seg_map"] = np.ascontiguousarray(labels, dtype=np.uint8)
        results["seg_fields"].append("gt_seg_map")
        return results


class CheckBytes(BaseTransform):  # type: ignore[misc]
    """Stops at an image that is not of bytes: the model, and what is exported of it, take nothing else."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Check ``img``. Raises ``DataError``."""
        if results["img"].dtype != np.uint8:
            raise DataError(
                f"{results['img_path']} comes to the model as {results['img'].dtype}",
                "make 8 bits of it, first of all: augmentations = ['window', ...], or 'min-max' where "
                "values have no unit, as in MR",
            )
        return results


def grey(pixels: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return an image (H, W, 3) of one channel (H, W)."""
    return np.repeat(np.asarray(pixels, np.float32)[..., None], 3, axis=2)

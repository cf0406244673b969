"""Images to show in reports, in the size in which they came."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from segdet_kit.images import SUFFIXES

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def picture(sample: Any, inputs: Any) -> npt.NDArray[np.uint8]:
    """Return the image of a data sample, RGB uint8 (H, W, 3): its file, where it has one that pictures do.

    Else, as for a slice of a volume, what the pipeline made of it: ``inputs``, as in ``as_loaded``.
    """
    import mmcv

    if Path(sample.img_path).suffix.lower() in SUFFIXES:
        image: npt.NDArray[np.uint8] = mmcv.imread(sample.img_path, channel_order="rgb")
        return image
    return as_loaded(inputs, sample.ori_shape)


def as_loaded(inputs: Any, size: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Return a packed image, BGR (3, H, W) in 0..255, as RGB uint8 of a size (height, width)."""
    import cv2
    import numpy as np

    image = inputs.cpu().numpy()[::-1].transpose(1, 2, 0).round().clip(0, 255).astype(np.uint8)
    height, width = size[:2]
    if image.shape[:2] != (height, width):
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(image)

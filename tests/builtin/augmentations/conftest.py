"""Samples whose right answer is known: coloured squares with their boxes, masks and label map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

COLORS = ((0, 0, 255), (0, 255, 0), (255, 0, 0))
Sample = dict[str, Any]


def square_sample(
    height: int, width: int, squares: list[tuple[int, int, int, int]], polygons: bool = False
) -> Sample:
    """An mmdet sample of rectangles (x1, y1, x2, y2); the label map holds 1 + the index of each."""
    from mmdet.structures.bbox import HorizontalBoxes
    from mmdet.structures.mask import BitmapMasks, PolygonMasks

    image = np.full((height, width, 3), 50, np.uint8)
    labels = np.zeros((height, width), np.uint8)
    masks: Any = np.zeros((len(squares), height, width), np.uint8)
    for index, (x1, y1, x2, y2) in enumerate(squares):
        image[y1:y2, x1:x2] = COLORS[index % 3]
        labels[y1:y2, x1:x2] = index + 1
        masks[index, y1:y2, x1:x2] = 1
    outlines = [[np.array([x1, y1, x2, y1, x2, y2, x1, y2], float)] for x1, y1, x2, y2 in squares]
    return {
        "img": image,
        "img_shape": (height, width),
        "ori_shape": (height, width),
        "gt_bboxes": HorizontalBoxes(np.array(squares, np.float32).reshape(-1, 4)),
        "gt_bboxes_labels": np.arange(len(squares)),
        "gt_ignore_flags": np.array([i % 2 == 1 for i in range(len(squares))], bool),
        "gt_masks": PolygonMasks(outlines, height, width) if polygons else BitmapMasks(masks, height, width),
        "gt_seg_map": labels,
    }


@pytest.fixture(scope="session")
def make_sample() -> Callable[..., Sample]:
    return square_sample

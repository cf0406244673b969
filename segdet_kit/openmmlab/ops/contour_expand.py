"""Progressive scale expansion of PSENet (arXiv:1903.12473)."""

from __future__ import annotations

from collections import deque

import numpy as np
from torch import Tensor


def contour_expand(
    kernel_mask: Tensor, internal_kernel_label: Tensor, min_kernel_area: int, kernel_num: int
) -> list[list[int]]:
    """The instance of each pixel, H rows of W, 0 for none: labels that grow through ever larger masks.

    ``kernel_mask`` uint8 (K, H, W) are the masks, the largest first; where there are several steps, mmcv
    grows through the largest in all of them. ``internal_kernel_label`` int32 (H, W) are the labels to
    start from, found in the last mask; those of fewer pixels than ``min_kernel_area`` are dropped.
    ``kernel_num`` is the largest label, which mmcv's counts need and these do not. A label grows to its
    four neighbours, breadth first, so a pixel that several reach goes to the nearest; of equally near
    ones, to that which has stood at its border longest, in the order of rows and columns. Each step
    depends on the one before: mmcv too runs this on the CPU alone.
    """
    given = internal_kernel_label.numpy()
    area = np.bincount(given[given > 0].ravel(), minlength=int(given.max(initial=0)) + 1)
    kept = (given > 0) & (area[given.clip(min=0)] >= min_kernel_area)
    height, width = given.shape
    labels: list[list[int]] = np.where(kept, given, 0).tolist()
    frontier = deque(zip(*(axis.tolist() for axis in kept.nonzero()), strict=True))
    for mask in reversed(kernel_mask.numpy()[:-1].tolist()):
        edge: deque[tuple[int, int]] = deque()
        while frontier:
            row, column = frontier.popleft()
            grew = False
            for y, x in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                if 0 <= y < height and 0 <= x < width and mask[y][x] and not labels[y][x]:
                    labels[y][x] = labels[row][column]
                    frontier.append((y, x))
                    grew = True
            if not grew:
                edge.append((row, column))
        frontier = edge
    return labels

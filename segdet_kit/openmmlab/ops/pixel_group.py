"""Pixel aggregation of PAN (arXiv:1908.05900)."""

from __future__ import annotations

import numpy as np
from torch import Tensor


def pixel_group(
    score: Tensor,
    mask: Tensor,
    embedding: Tensor,
    kernel_label: Tensor,
    kernel_contour: Tensor,
    kernel_region_label: int,
    distance_threshold: float,
) -> list[list[float]]:
    """For each label: the mean score of its pixels, their number, and x and y of each by rows and columns.

    ``score`` float (H, W); ``mask`` bool (H, W), the text; ``embedding`` float (H, W, D); ``kernel_label``
    int32 (H, W), the kernels' labels, 0 for none; ``kernel_contour`` uint8 (H, W), where a kernel has its
    edge; ``kernel_region_label`` is the number of labels, 0, which stays empty, included. A kernel grows from
    its edge to the four neighbours in the text whose embedding is nearer to its kernel's mean than
    ``distance_threshold``, breadth first. A pixel that several reach at a time goes to that which has stood
    at its border longest, in the order of rows and columns. Each step depends on the one before: mmcv too
    runs this on the CPU alone. It takes float32 alone and sums in it; here means are taken in float64.
    """
    labels, values = kernel_label.numpy().copy(), embedding.detach().double().numpy()
    inside = labels > 0
    count = np.bincount(labels[inside], minlength=kernel_region_label)
    mean = np.zeros((len(count), values.shape[2]))
    np.add.at(mean, labels[inside], values[inside])
    mean /= count.clip(min=1)[:, None]
    free = np.pad(mask.numpy() & ~inside, 1)
    front = np.argwhere(inside & (kernel_contour.numpy() > 0))
    steps = np.array([(0, -1), (0, 1), (-1, 0), (1, 0)])
    while len(front):
        label = labels[tuple(front.T)].repeat(4)
        near = (front[:, None] + steps).reshape(-1, 2)
        open_ = free[tuple(near.T + 1)]
        near, label = near[open_], label[open_]
        distance = ((mean[label] - values[tuple(near.T)]) ** 2).sum(axis=1)
        near, label = near[distance < distance_threshold**2], label[distance < distance_threshold**2]
        # Of those that claim a pixel in this round, the first has it.
        first = np.unique(near @ (labels.shape[1], 1), return_index=True)[1]
        first.sort()
        front = near[first]
        labels[tuple(front.T)] = label[first]
        free[tuple(front.T + 1)] = False
    ys, xs = labels.nonzero()
    found = labels[ys, xs]
    scores = score.detach().double().numpy()
    groups: list[list[float]] = []
    for number in range(kernel_region_label):
        y, x = ys[found == number], xs[found == number]
        average = scores[y, x].mean() if len(y) else 0.0
        groups.append(
            [float(average), float(len(y)), *np.stack((x, y), axis=1).ravel().astype(float).tolist()]
        )
    return groups

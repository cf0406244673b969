"""How far the outlines of a label map's classes are from the true ones."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, distance_transform_edt

from segdet_kit.results import IGNORED
from segdet_kit.scoring.counts import Floats, divide

Flags = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.integer]
Unit = Literal["pixels", "diagonal"]


def boundary(mask: Flags, outside: Flags) -> Flags:
    """Return the pixels of ``mask`` beside one of ``outside``, in the same row or column."""
    line: Flags = mask & binary_dilation(outside)
    return line


def distances(points: Flags, to: Flags, spacing: tuple[float, float] = (1.0, 1.0)) -> Floats:
    """Return (N,) of each of the ``points``, pixel by pixel, the distance to the nearest one of ``to``.

    Both are bool (H, W). ``spacing``: from row to row and from column to column. Infinite where ``to`` is
    empty.
    """
    if not to.any():
        return np.full(int(points.sum()), np.inf)
    return np.asarray(distance_transform_edt(~to, sampling=spacing), dtype=np.float64)[points]


def boundary_scores(truth: Labels, predicted: Labels, classes: int, tolerance: float, unit: Unit) -> Floats:
    """Return (classes, 3): precision, recall and F1 of each class's boundary in an image.

    A boundary pixel is right when the other map has one of the class within ``tolerance``, in pixels or as
    a share of the image's diagonal. The image's frame is no boundary, nor is a border on what is
    ``IGNORED``. NaN where there is no boundary: precision where none is predicted, recall where none is
    there, F1 where neither is.
    """
    rows, columns = truth.shape
    radius = tolerance * (float(np.hypot(rows, columns)) if unit == "diagonal" else 1.0)
    counted = truth != IGNORED
    scores = np.full((classes, 3), np.nan)
    for label in range(classes):
        is_true, is_predicted = (labels == label for labels in (truth, predicted))
        true_line = boundary(is_true, counted & ~is_true)
        predicted_line = boundary(is_predicted & counted, counted & ~is_predicted)
        right = (distances(predicted_line, true_line) <= radius).sum()
        found = (distances(true_line, predicted_line) <= radius).sum()
        precision = float(divide(right, predicted_line.sum()))
        recall = float(divide(found, true_line.sum()))
        scores[label] = precision, recall, _harmonic_mean(precision, recall)
    return scores


def hausdorff_95(truth: Labels, predicted: Labels, classes: int, spacing: tuple[float, float]) -> Floats:
    """Return (classes,): the 95th percentile of the distance between the outlines of each class in an image.

    The larger one of both directions, from truth to prediction and back. Areas are outlined along the
    image's frame too. Pixels whose truth is ``IGNORED`` belong to no class in either map. A class in only
    one of the maps is as far off as can be: the image's diagonal. One in neither is NaN.
    """
    rows, columns = truth.shape
    farthest = float(np.hypot(rows * spacing[0], columns * spacing[1]))
    counted = truth != IGNORED
    found = np.full(classes, np.nan)
    for label in range(classes):
        lines = [_outline((labels == label) & counted) for labels in (truth, predicted)]
        if all(line.any() for line in lines):
            ways = [distances(one, other, spacing) for one, other in (lines, lines[::-1])]
            found[label] = max(np.percentile(way, 95) for way in ways)
        elif any(line.any() for line in lines):
            found[label] = farthest
    return found


def _outline(mask: Flags) -> Flags:
    framed = np.pad(mask, 1)
    return boundary(framed, ~framed)[1:-1, 1:-1]


def _harmonic_mean(precision: float, recall: float) -> float:
    """Of what is known: where one is NaN, nothing matched."""
    if np.isnan(precision) and np.isnan(recall):
        return float("nan")
    both = precision + recall
    return 2 * precision * recall / both if both > 0 else 0.0

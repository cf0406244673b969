"""Affine maps of a sample: image, boxes, masks and label maps move together.

A map is a 2x3 matrix in edge coordinates: an image of width w and height h covers [0, w] x [0, h],
as boxes and polygons do, and the centre of its first pixel is (0.5, 0.5).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from segdet_kit.builtin.augmentations.instances import keep_visible
from segdet_kit.builtin.augmentations.masks import map_masks

IGNORE = 255
"""What a label map holds where it has no label: mmdet's and mmseg's own ``ignore_index``."""

Map = tuple[np.ndarray, tuple[int, int]]
"""The 2x3 matrix and the (height, width) of the result."""


class AffineTransform(BaseTransform):
    """Base of every geometric augmentation, for the samples of mmdet and of mmseg.

    A subclass says in ``draw`` which map to apply. Pixels that the image does not cover become
    ``fill`` (0..255), ``IGNORE`` in label maps and 0 in masks. An instance stays if at least the
    fraction ``min_visible`` of its area remains in the image: of its mask where it has one, of its
    box otherwise. The box of an instance with a mask is the tight box of the mapped mask; without a
    mask, that of the mapped corners, clipped to the image. Random numbers come from ``np.random``.
    """

    def __init__(self, prob: float, fill: int = 114, min_visible: float = 0.1) -> None:
        self.prob = prob
        self.fill = fill
        self.min_visible = min_visible

    @abstractmethod
    def draw(self, results: dict[str, Any]) -> Map:
        """Draw a map for this sample."""

    def warp(self, array: np.ndarray, affine: Map, fill: int, smooth: bool) -> np.ndarray:
        """Map an array (H, W) or (H, W, C): bilinear if ``smooth``, by nearest neighbour otherwise."""
        matrix, (height, width) = affine
        centred = matrix.copy()  # OpenCV counts from the centre of the first pixel
        centred[:, 2] += matrix[:, :2].sum(axis=1) / 2 - 0.5
        flags = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST
        warped = cv2.warpAffine(array, centred, (width, height), flags=flags, borderValue=(fill,) * 4)
        return warped.reshape(height, width, *array.shape[2:])

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Apply a random map with probability ``prob``; ``results`` is changed and returned."""
        if np.random.random() >= self.prob:
            return results
        return self.apply(results, self.draw(results))

    def apply(self, results: dict[str, Any], affine: Map) -> dict[str, Any]:
        """Apply this map; ``results`` is changed and returned."""
        matrix, size = affine
        results["img"] = self.warp(results["img"], affine, self.fill, smooth=True)
        results["img_shape"] = size
        for key in label_maps(results):
            labels = results[key].astype(np.int32)  # OpenCV has neither int64 nor bool
            results[key] = self.warp(labels, affine, IGNORE, smooth=False).astype(results[key].dtype)
        if "gt_bboxes" in results:
            self._map_instances(results, affine)
        before = results.get("homography_matrix", np.eye(3))
        results["homography_matrix"] = (_projective(matrix) @ before).astype(np.float32)
        return results

    def _map_instances(self, results: dict[str, Any], affine: Map) -> None:
        matrix, size = affine
        boxes = results["gt_bboxes"].clone()
        boxes.project_(_projective(matrix))
        whole = boxes.areas.numpy()
        boxes.clip_(size)
        visible = boxes.areas.numpy() / np.maximum(whole, 1e-6)
        masks, mask_areas = results.get("gt_masks"), None
        if masks is not None:
            mask_areas = masks.areas * abs(np.linalg.det(matrix[:, :2]))
            masks = map_masks(masks, matrix, size, lambda mask: self.warp(mask, affine, 0, smooth=False))
        keep_visible(results, boxes, visible, self.min_visible, masks, mask_areas)


def label_maps(results: dict[str, Any]) -> list[str]:
    """Return the keys of a sample's label maps (H, W): none of a detector, mostly one of a segmenter."""
    return [key for key in results.get("seg_fields") or ["gt_seg_map"] if key in results]


def about_centre(linear: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the 2x3 map with this 2x2 linear part that leaves the centre of the image in its place."""
    centre = np.array([width / 2, height / 2])
    return np.column_stack([linear, centre - linear @ centre])


def _projective(matrix: np.ndarray) -> np.ndarray:
    return np.vstack([matrix, [0, 0, 1]])

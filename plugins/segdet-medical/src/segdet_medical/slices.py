"""Volumes as data sets of slices, for semantic segmentation."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mmcv.transforms import LoadImageFromFile
from mmseg.datasets import BaseSegDataset
from mmseg.datasets.transforms import LoadAnnotations, PackSegInputs

from segdet_kit.builtin.datasets.layout import examples, locate
from segdet_kit.components import Task
from segdet_kit.data_check.facts import Facts
from segdet_kit.errors import DataError
from segdet_medical.geometry import Directions, apart
from segdet_medical.loading import CheckBytes, LoadLabels, LoadSlice
from segdet_medical.nifti import SUFFIXES, open_volume, volumes_below

OFF_GRID = 0.1
"""So much of a voxel may lie between a label and what it labels: files round their affines."""


def named(file: Path | str, plane: str, index: int) -> str:
    """Return what a slice of a file is called."""
    return f"{file}#{plane}-{index:04d}"


def parts(name: str) -> tuple[str, int]:
    """Return the file and the number of a slice; a name without a number is that of a file."""
    file, mark, rest = name.rpartition("#")
    return (file, int(rest.rpartition("-")[2])) if mark else (name, 0)


class Slices(BaseSegDataset):  # type: ignore[misc]
    """Base of data sets whose images are slices of volumes, read one by one when they are asked for.

    ``images`` and ``labels`` are paths below ``root`` in which ``{split}`` stands for the split. Labels are
    NIfTI volumes of class indices on the grid of their images, 255 where a voxel counts for nothing.
    ``empty``: whether slices that hold nothing but class 0 are trained on; they are never left out of
    validation and testing, where volumes are scored as a whole.

    A sample is called ``FILE#PLANE-NUMBER``. Besides what mmseg's samples hold it has ``volume``, ``slice``
    and ``spacing``: from slice to slice, row to row, column to column, in mm.

    Raises ``DataError`` for folders that are missing or empty, for volumes without labels or labels without
    volumes, and for labels on another grid.
    """

    def __init__(
        self,
        *,
        task: Task,
        split: str,
        classes: Sequence[str],
        root: str,
        pipeline: Sequence[Any] = (),
        images: str = "images/{split}",
        labels: str = "labels/{split}",
        label_suffix: str | None = None,
        empty: bool = True,
        **options: Any,
    ) -> None:
        self.images = locate(root, images, split)
        self.labels = locate(root, labels, split)
        self.label_suffix = label_suffix
        self.keeps_empty = empty
        self.directions: dict[str, Directions] = {}
        super().__init__(metainfo={"classes": tuple(classes)}, pipeline=list(pipeline), **options)
        steps = self.pipeline.transforms
        for position, step in enumerate(steps):
            if isinstance(step, LoadImageFromFile):
                steps[position] = LoadSlice(self)
            elif isinstance(step, LoadAnnotations):
                steps[position] = LoadLabels(self, tuple(classes))
            elif isinstance(step, PackSegInputs):
                step.meta_keys = (*step.meta_keys, "volume", "slice", "spacing")
        if steps and isinstance(steps[-1], PackSegInputs):
            steps.insert(-1, CheckBytes())

    @abstractmethod
    def volumes(self) -> dict[str, Path]:
        """Return the image volumes by their names: files, or folders of files."""

    @abstractmethod
    def slices_of(self, volume: Path) -> tuple[list[str], Directions, npt.NDArray[np.float64], Any]:
        """Return of a volume the names of its slices in order, where they go, their affine, and spacing."""

    @abstractmethod
    def read(self, img_path: str) -> npt.NDArray[np.float32]:
        """Return a slice (rows, columns) by its name. Raises ``DataError``."""

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return a dict for each slice. Labels are read only where empty slices are left out."""
        images, labels = self.volumes(), volumes_below(self.labels, self.label_suffix)
        if not images:
            raise DataError(f"there are no volumes in {self.images}", f"they end in {' or '.join(SUFFIXES)}")
        if lonely := images.keys() - labels.keys():
            raise DataError(f"volumes of {self.images} have no labels in {self.labels}: {examples(lonely)}")
        if lonely := labels.keys() - images.keys():
            raise DataError(f"labels of {self.labels} have no volume in {self.images}: {examples(lonely)}")
        return [record for name, path in images.items() for record in self._records(name, path, labels[name])]

    def _records(self, name: str, volume: Path, labels: Path) -> Iterator[dict[str, Any]]:
        slices, directions, affine, spacing = self.slices_of(volume)
        truth = open_volume(str(labels), directions)
        self.directions[str(labels)] = directions
        place = truth.view.affine(truth.affine)
        if truth.view.shape[0] != len(slices) or apart(place, affine, truth.view.shape) > OFF_GRID * min(
            spacing
        ):
            raise DataError(
                f"{labels} does not lie on the grid of {volume}",
                "labels need the size and the affine of their image: resample them, by nearest neighbour",
            )
        for index, img_path in enumerate(slices):
            if not (self.keeps_empty or self.test_mode) and not truth.cut(index).any():
                continue
            yield {
                "img_path": img_path,
                "seg_map_path": named(labels, "label", index),
                "image_path": str(volume),
                "labels_path": str(labels),
                "volume": name,
                "slice": index,
                "spacing": spacing,
                "label_map": None,
                "reduce_zero_label": False,
                "seg_fields": [],
            }

    def truth(self, seg_map_path: str) -> npt.NDArray[Any]:
        """Return a label map (rows, columns) by its name. Raises ``DataError``."""
        file, index = parts(seg_map_path)
        return open_volume(file, self.directions[file]).cut(index)

    def file_of(self, path: str) -> str:
        """Return the file that a sample's image or label map is cut out of."""
        return parts(path)[0]

    def examine(self, path: str, labels: bool) -> Facts:
        """Tell what is to be known of a slice, as the kit's check of data asks for it."""
        try:
            found = self.truth(path) if labels else self.read(path)
        except DataError as error:
            return Facts(problem="unreadable", reason=error.message)
        rows, columns = found.shape
        values: dict[int, int] = {}
        if labels:
            held, counts = np.unique(np.rint(found), return_counts=True)
            values = {int(value): int(count) for value, count in zip(held, counts, strict=True)}
        digest = hashlib.sha256(
            f"{found.dtype} {found.shape}".encode() + np.ascontiguousarray(found).tobytes()
        )
        return Facts(columns, rows, channels=1, content=digest.hexdigest(), values=values)

"""NIfTI volumes and their labels, in two folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from segdet_medical.geometry import Directions, directions_of
from segdet_medical.nifti import open_volume, volumes_below
from segdet_medical.slices import Slices, named, parts


class NiftiSlices(Slices):
    """Slices of NIfTI volumes, in a plane of the patient whatever the order of a file's axes.

    ``plane``: ``axial``, ``coronal`` or ``sagittal``; of an oblique volume the one that is nearest.
    ``image_suffix`` and ``label_suffix``, such as ``"_0000.nii.gz"``, are needed only where names differ in
    more than ``.nii`` and ``.nii.gz``. The rest is as in ``Slices``.
    """

    def __init__(self, *, plane: str = "axial", image_suffix: str | None = None, **options: Any) -> None:
        self.plane = plane
        self.towards = directions_of(plane)
        self.image_suffix = image_suffix
        super().__init__(**options)

    def volumes(self) -> dict[str, Path]:
        """Return the files by their names."""
        return volumes_below(self.images, self.image_suffix)

    def slices_of(self, volume: Path) -> tuple[list[str], Directions, npt.NDArray[np.float64], Any]:
        """Return what the header says."""
        opened = open_volume(str(volume), self.towards)
        names = [named(volume, self.plane, index) for index in range(opened.view.shape[0])]
        return names, self.towards, opened.view.affine(opened.affine), opened.view.spacing

    def read(self, img_path: str) -> npt.NDArray[np.float32]:
        """Return a slice in the unit of its volume, as the header scales it."""
        file, index = parts(img_path)
        return np.asarray(open_volume(file, self.towards).cut(index), np.float32)

"""DICOM series, a folder each, and labels as NIfTI volumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from segdet_medical.dicom import read_series, read_slice
from segdet_medical.geometry import Directions
from segdet_medical.slices import Slices


class DicomSlices(Slices):
    """Slices of DICOM series as they were taken, sorted by their place in the patient.

    A series is a folder below ``images``; its labels are a NIfTI file of the folder's name, in any order of
    axes that lies on the same grid. Pixels are rescaled by their file's slope and intercept: in CT they are
    Hounsfield units. The rest is as in ``Slices``.
    """

    def volumes(self) -> dict[str, Path]:
        """Return the folders by their names."""
        return {path.name: path for path in sorted(self.images.iterdir()) if path.is_dir()}

    def slices_of(self, volume: Path) -> tuple[list[str], Directions, npt.NDArray[np.float64], Any]:
        """Return what the headers say."""
        series = read_series(volume)
        return [str(file) for file in series.files], series.directions, series.affine, series.spacing

    def read(self, img_path: str) -> npt.NDArray[np.float32]:
        """Return the rescaled pixels of a file."""
        return read_slice(img_path)

    def file_of(self, path: str) -> str:
        """Return the file of a sample's image, or that of its label map."""
        return super().file_of(path) if self.is_label(path) else path

    def is_label(self, path: str) -> bool:
        """Whether a name is that of a label map; a DICOM file may have any name."""
        return path.rpartition("#")[0] in self.directions

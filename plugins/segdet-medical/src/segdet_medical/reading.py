"""Volumes as streams of slices, which a model predicts on one by one."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np

from segdet_kit.reading import Frame
from segdet_medical.dicom import Series, read_series, read_slice, series_of
from segdet_medical.geometry import directions_of
from segdet_medical.nifti import open_volume


def read_nifti(address: str, plane: str = "axial") -> Generator[Frame, None, None]:
    """Yield the slices of a NIfTI file, in its own unit: the model's preprocessing makes 8 bits of them.

    ``plane``: ``axial``, ``coronal`` or ``sagittal``. Raises ``DataError``.
    """
    volume = open_volume(address, directions_of(plane))
    for index in range(volume.view.shape[0]):
        pixels = np.asarray(volume.cut(index), np.float32)
        yield Frame(pixels, f"{plane}-{index:04d}", spacing=volume.view.spacing[1:])


def read_dicom(address: str) -> Generator[Frame, None, None]:
    """Yield the slices of a folder, in their order in the patient; or of one file. Raises ``DataError``."""
    series = series_at(address)
    for index, file in enumerate(series.files):
        yield Frame(read_slice(file), f"slice-{index:04d}", spacing=series.spacing[1:])


def series_at(address: str) -> Series:
    """Return the series of a folder, or of a file alone. Raises ``DataError``."""
    path = Path(address)
    return read_series(path) if path.is_dir() else series_of([path])

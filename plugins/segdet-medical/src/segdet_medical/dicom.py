"""Series of DICOM files, put in the order in which they lie in the patient."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.errors import InvalidDicomError
from pydicom.uid import DeflatedExplicitVRLittleEndian

from segdet_kit.errors import DataError
from segdet_kit.images import MAX_PIXELS
from segdet_medical.geometry import Directions

LPS_TO_RAS = np.array([-1.0, -1.0, 1.0])
"""DICOM counts mm to the patient's left and back, NIfTI to their right and front."""
ONE_PLACE = 1e-3
"""Millimetres that two slices are apart at least."""


@dataclass(frozen=True)
class Series:
    """Slices of one size, in their order. ``files``: of each slice.

    ``spacing``: from slice to slice, row to row, column to column, in mm; ``affine`` (4, 4): from slice, row
    and column to the patient's right, front and top in mm; ``directions``: of the three.
    """

    files: tuple[Path, ...]
    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    affine: npt.NDArray[np.float64]

    @property
    def directions(self) -> Directions:
        """From the patient's right, front and top to where slices, rows and columns go."""
        axes = self.affine[:3, :3] / np.linalg.norm(self.affine[:3, :3], axis=0)
        return tuple(tuple(float(x) for x in row) for row in np.linalg.inv(axes))  # type: ignore[misc]


def read_series(folder: Path) -> Series:
    """Return the series that a folder holds, by the headers of its files alone.

    Files are sorted by their position along the normal of the slices, whatever their names and numbers.
    Raises ``DataError`` for a folder with none, with two, or with one that is not a stack of equal slices.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    if not files:
        raise DataError(f"there are no files in {folder}", "a series is a folder of DICOM files")
    return series_of(files)


def series_of(paths: Sequence[Path]) -> Series:
    """Return the series that files are, which lie in one folder. Raises ``DataError``."""
    folder = paths[0].parent if len(paths) > 1 else paths[0]
    found = {path: read_header(path) for path in paths}
    several = {str(header.get("SeriesInstanceUID", "")) for header in found.values()}
    if len(several) > 1:
        raise DataError(f"{folder} holds {len(several)} series", "give each a folder of its own")
    first = next(iter(found.values()))
    try:
        across, down = np.asarray(first.ImageOrientationPatient, float).reshape(2, 3)
        normal = np.cross(across, down)
        places = {path: np.asarray(each.ImagePositionPatient, float) for path, each in found.items()}
        row, column = (float(each) for each in first.PixelSpacing)
    except (AttributeError, TypeError, ValueError) as error:
        raise DataError(f"{folder}: a file does not say where it lies in the patient: {error}") from error
    height = {path: float(normal @ place) for path, place in places.items()}
    files = sorted(found, key=lambda path: height[path])
    sizes = {(int(each.Rows), int(each.Columns)) for each in found.values()}
    turns = {tuple(np.round(np.asarray(each.ImageOrientationPatient, float), 4)) for each in found.values()}
    if len(sizes) > 1 or len(turns) > 1:
        raise DataError(f"{folder}: slices differ in size or orientation: {sorted(sizes)}", "keep one stack")
    steps = np.diff([height[path] for path in files])
    if steps.size and steps.min() < ONE_PLACE:
        raise DataError(f"{folder}: two slices lie at one place", "keep one time, phase or echo")
    thickness = float(np.median(steps)) if steps.size else float(first.get("SliceThickness") or 1.0)
    affine = np.eye(4)
    affine[:3, :3] = np.stack([normal * thickness, down * row, across * column], axis=1)
    affine[:3, 3] = places[files[0]]
    affine[:3] *= LPS_TO_RAS[:, None]
    return Series(tuple(files), (len(files), *next(iter(sizes))), (thickness, row, column), affine)


def read_header(path: Path) -> pydicom.Dataset:
    """Read all but the pixels of a file. Raises ``DataError`` for one that is no single grey image.

    A deflated file is refused unread: it would be unpacked whole before its header is known.
    """
    try:
        meta = pydicom.filereader.read_file_meta_info(path)
        if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
            raise DataError(f"{path} is deflated as a whole", "write it uncompressed: dcmconv +te")
        header = pydicom.dcmread(path, stop_before_pixels=True)
        pixels = int(header.Rows) * int(header.Columns)
    except InvalidDicomError:
        raise DataError(f"{path} is no DICOM file", "keep nothing else in the folder of a series") from None
    except (OSError, EOFError, AttributeError, TypeError, ValueError, KeyError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if int(header.get("NumberOfFrames") or 1) > 1 or int(header.get("SamplesPerPixel") or 1) > 1:
        raise DataError(f"{path} holds several frames, or colours", "convert it to NIfTI, or to images")
    if pixels > MAX_PIXELS:
        raise DataError(f"{path}: its header claims more than {MAX_PIXELS // 10**6} megapixels")
    return header


def read_slice(path: str | os.PathLike[str]) -> npt.NDArray[np.float32]:
    """Return the pixels (rows, columns) of a file in the unit of its rescaling: in CT Hounsfield units.

    Raises ``DataError``.
    """
    read_header(Path(path))
    try:
        file: Any = pydicom.dcmread(path)
        pixels = file.pixel_array
    except Exception as error:  # each of pydicom's decoders raises its own
        raise DataError(
            f"{path}: its pixels cannot be decoded: {error}",
            "compressed ones need a decoder: pip install pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg",
        ) from error
    slope, intercept = file.get("RescaleSlope", 1), file.get("RescaleIntercept", 0)
    return np.asarray(pixels, np.float32) * np.float32(slope) + np.float32(intercept)

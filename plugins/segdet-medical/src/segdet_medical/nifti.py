"""NIfTI volumes, slice by slice. What a header claims is judged before anything is read by it."""

from __future__ import annotations

import gzip
import os
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError

from segdet_kit.errors import DataError
from segdet_kit.images import MAX_PIXELS
from segdet_medical.geometry import Directions, View

SUFFIXES = (".nii", ".nii.gz")
MAX_SLICES = 65_535
MAX_HEADER = 2**20
"""Bytes before the voxels: extensions of a header that claim more are not read."""
OPEN = 8
BROKEN = (OSError, EOFError, ValueError, zlib.error, ImageFileError, HeaderDataError)
"""What nibabel and gzip raise at files that are damaged."""


@dataclass(frozen=True)
class Volume:
    """A NIfTI file. ``view``: its slices. ``affine``: from indices to mm. ``voxels``: read when indexed."""

    path: str
    view: View
    affine: npt.NDArray[np.float64]
    voxels: Any

    def cut(self, index: int) -> npt.NDArray[Any]:
        """Read one slice (rows, columns), scaled as the header says. Raises ``DataError`` where it is cut."""
        try:
            return self.view.cut(self.voxels, index)
        except BROKEN as error:
            raise DataError(f"{self.path} is damaged: {error}") from error


def open_volume(path: str, directions: Directions) -> Volume:
    """Open a file by its header; no voxel is read. Raises ``DataError``.

    The last few files stay open, for slices that are read one after the other: a compressed one is then
    unpacked once, as far as it is read. Nothing of them is kept.
    """
    try:
        changed = os.stat(path).st_mtime_ns  # noqa: PTH116 - as often as a slice is read
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    return _opened(path, directions, changed, os.getpid())


@lru_cache(maxsize=OPEN)
def _opened(path: str, directions: Directions, changed: int, process: int) -> Volume:
    """``process``: a place in a file that two processes share is moved by both."""
    shape = check_header(path)
    try:
        image: Any = nibabel.load(path, keep_file_open=True)
        voxels = image.dataobj if len(image.shape) == 3 else _First(image.dataobj)
        return Volume(path, View.of(shape, image.affine, directions), image.affine, voxels)
    except DataError as error:
        raise DataError(f"{path}: {error.message}") from error
    except BROKEN as error:
        raise DataError(f"{path} cannot be read: {error}") from error


@dataclass(frozen=True)
class _First:
    """The only volume of a file of four dimensions."""

    voxels: Any

    def __getitem__(self, where: tuple[int | slice, ...]) -> Any:
        return self.voxels[(*where, 0)]


def check_header(path: str) -> tuple[int, int, int]:
    """Return the size of a volume, by the first bytes of its file. Raises ``DataError`` for what cannot be.

    A compressed file of a few kilobytes can claim, and unpack to, more than any memory holds.
    """
    header = _header(path)
    shape: tuple[int, ...] = header.get_data_shape()
    if len(shape) == 4 and shape[3] == 1:
        shape = shape[:3]
    if len(shape) != 3 or min(shape) < 1:
        raise DataError(f"{path} holds an array of {shape}", "a volume has three dimensions: split the file")
    if header.get_data_dtype().kind not in "iuf":
        raise DataError(f"{path} holds {header.get_data_dtype()}", "voxels are whole numbers or floats")
    rows, columns = sorted(shape)[1:]
    if rows * columns > MAX_PIXELS or max(shape) > MAX_SLICES or header["vox_offset"] > MAX_HEADER:
        raise DataError(
            f"{path}: its header claims {'x'.join(map(str, shape))} voxels from byte {header['vox_offset']}",
            f"slices have up to {MAX_PIXELS // 10**6} megapixels, volumes up to {MAX_SLICES} slices, "
            f"headers up to {MAX_HEADER} bytes; larger claims are taken for a trap",
        )
    return shape


def _header(path: str) -> Any:
    try:
        with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
            start = file.read(nibabel.Nifti2Header.sizeof_hdr)
    except BROKEN as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    kinds: tuple[Any, ...] = (nibabel.Nifti1Header, nibabel.Nifti2Header)
    for kind in kinds:
        if kind.may_contain_header(start):
            return kind(start[: kind.sizeof_hdr], check=False)
    raise DataError(f"{path} is no NIfTI file", "its name ends in .nii or .nii.gz, its content does not fit")


def volumes_below(folder: Path, suffix: str | None = None) -> dict[str, Path]:
    """Map each NIfTI file below ``folder`` by its relative path without the suffix, sorted.

    ``suffix``: the end of the names to take, such as ``"_0000.nii.gz"``. Raises ``DataError`` where two
    differ in nothing else.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        end = next((each for each in (suffix and [suffix]) or SUFFIXES[::-1] if path.name.endswith(each)), "")
        if not end:
            continue
        stem = path.relative_to(folder).as_posix().removesuffix(end)
        if stem in found:
            raise DataError(f"{found[stem]} and {path.name} differ in the suffix only", "delete one of them")
        found[stem] = path
    return found


def write_volume(path: Path, voxels: npt.NDArray[Any], affine: npt.NDArray[np.floating]) -> None:
    """Write voxels as they are. ``affine`` (4, 4): from indices to right, front and top in mm."""
    path.write_bytes(volume_bytes(voxels, affine))


def volume_bytes(voxels: npt.NDArray[Any], affine: npt.NDArray[np.floating]) -> bytes:
    """Return what ``write_volume`` writes."""
    image: Any = nibabel.Nifti1Image
    content: bytes = image(voxels, affine).to_bytes()
    return content

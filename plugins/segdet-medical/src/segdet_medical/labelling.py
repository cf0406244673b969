"""Label maps of slices, written back as the volume that they were cut out of."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from segdet_kit.errors import KitError
from segdet_kit.files import write_whole
from segdet_kit.openmmlab.spread import spread
from segdet_kit.reading import Frame
from segdet_kit.results import LabelMap, Panel, Result
from segdet_medical.geometry import directions_of
from segdet_medical.nifti import open_volume, volume_bytes
from segdet_medical.reading import series_at

UNSEEN = 255
"""The label of slices that nobody predicted on."""
SHOWN = 6
COLUMNS = 3
Image = npt.NDArray[np.uint8]
Writer = Callable[[Frame, Image, Result], None]


@dataclass(frozen=True)
class Blank:
    """A label volume to be filled. ``slices``: its ``voxels``, slices first. ``affine``: of ``voxels``."""

    voxels: npt.NDArray[np.uint8]
    slices: npt.NDArray[np.uint8]
    affine: npt.NDArray[np.float64]


def write_nifti(stem: Path, address: str, classes: Sequence[str]) -> AbstractContextManager[Writer]:
    """Write ``STEM.nii.gz``, labels on the grid of the NIfTI file, and ``STEM.png``, some of its slices."""

    def blank(plane: str) -> Blank:
        volume = open_volume(address, directions_of(plane))
        shape = [volume.view.shape[volume.view.axes.index(axis)] for axis in range(3)]
        voxels = np.full(shape, UNSEEN, np.uint8)
        return Blank(voxels, volume.view.arranged(voxels), volume.affine)

    return _written(stem, classes, blank)


def write_dicom(stem: Path, address: str, classes: Sequence[str]) -> AbstractContextManager[Writer]:
    """Write ``STEM.nii.gz``, labels on the grid of the series, and ``STEM.png``, some of its slices."""

    def blank(_: str) -> Blank:
        series = series_at(address)
        voxels = np.full(series.shape[::-1], UNSEEN, np.uint8)
        return Blank(voxels, voxels.transpose(), series.affine[:, [2, 1, 0, 3]])

    return _written(stem, classes, blank)


@contextmanager
def _written(stem: Path, classes: Sequence[str], blank_of: Callable[[str], Blank]) -> Iterator[Writer]:
    """``blank_of``: takes what the names of frames begin with."""
    blank: Blank | None = None
    panels: list[Panel] = []

    def write(frame: Frame, image: Image, result: Result) -> None:
        nonlocal blank
        if not isinstance(result, LabelMap):
            raise KitError("the model finds objects, and a volume takes labels", "use a segmenter")
        plane, _, index = frame.name.rpartition("-")
        blank = blank or blank_of(plane)
        blank.slices[int(index)] = result.labels
        if int(index) in spread(len(blank.slices), SHOWN):
            panels.append(Panel(frame.name, image, result))

    yield write
    if blank is not None:
        write_whole(stem.with_name(f"{stem.name}.nii.gz"), _compressed(blank))
        write_whole(stem.with_name(f"{stem.name}.png"), _sheet(panels, classes, stem.name))


def _compressed(blank: Blank) -> bytes:
    return gzip.compress(volume_bytes(blank.voxels, blank.affine), compresslevel=6, mtime=0)


def _sheet(panels: Sequence[Any], classes: Sequence[str], title: str) -> bytes:
    from segdet_kit.reports.contact_sheet import panel_sheet

    return panel_sheet(panels, classes, title, columns=min(COLUMNS, len(panels)))

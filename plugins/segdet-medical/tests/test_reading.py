"""What a model says of a volume lies where the volume lies."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pydicom.data import get_testdata_file
from segdet_medical.dicom import read_series
from segdet_medical.labelling import UNSEEN, write_dicom, write_nifti
from segdet_medical.reading import read_dicom, read_nifti
from segdet_medical.writing import write_series

from segdet_kit.errors import DataError, KitError
from segdet_kit.reading import Frame
from segdet_kit.results import Detections, LabelMap

CLASSES = ("background", "bright")


def label(write: Callable, frames: list[Frame], limit: float) -> None:
    """Label what is above a limit."""
    for frame in frames:
        picture = np.zeros((*frame.pixels.shape, 3), np.uint8)
        write(frame, picture, LabelMap((frame.pixels > limit).astype(np.uint8)))


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_labels_of_slices_are_written_on_the_grid_of_their_volume(ramp: Path, plane: str) -> None:
    path = ramp / "images" / "train" / "ramp.nii"
    source = nibabel.load(path)
    turned = ramp / "turned.nii"
    nibabel.save(source.as_reoriented(np.array([[1, -1], [2, 1], [0, -1]])), turned)
    for file in (path, turned):
        frames = list(read_nifti(str(file), plane))
        with write_nifti(ramp / "found", str(file), CLASSES) as write:
            label(write, frames, 150)
        source, written = nibabel.load(file), nibabel.load(ramp / "found.nii.gz")
        assert np.array_equal(written.affine, source.affine)
        assert np.array_equal(np.asarray(written.dataobj), np.asarray(source.dataobj) > 150)
        assert (ramp / "found.png").stat().st_size > 1000


def test_frames_tell_their_spacing_and_their_number(ramp: Path) -> None:
    frames = list(read_nifti(str(ramp / "images" / "train" / "ramp.nii"), "coronal"))
    assert [frame.name for frame in frames] == [f"coronal-{index:04d}" for index in range(5)]
    assert frames[0].spacing == (3.0, 1.0)


def test_slices_that_nobody_predicted_on_are_marked(ramp: Path) -> None:
    path = str(ramp / "images" / "train" / "ramp.nii")
    with write_nifti(ramp / "found", path, CLASSES) as write:
        label(write, list(read_nifti(path))[:2], 1000)
    voxels = np.asarray(nibabel.load(ramp / "found.nii.gz").dataobj)
    assert (voxels[..., :2] == 0).all()
    assert (voxels[..., 2:] == UNSEEN).all()


def test_labels_of_a_series_lie_where_the_series_does(tmp_path: Path) -> None:
    values = np.arange(4 * 5 * 3).reshape(4, 5, 3).astype(np.int16)
    write_series(tmp_path, "train", "body", values, np.zeros(values.shape, np.uint8))
    folder = tmp_path / "images" / "train" / "body"
    with write_dicom(tmp_path / "found", str(folder), CLASSES) as write:
        label(write, list(read_dicom(str(folder))), 30)
    written = nibabel.load(tmp_path / "found.nii.gz")
    assert np.array_equal(np.asarray(written.dataobj), values > 30)
    assert np.allclose(written.affine @ [2, 3, 1, 1], read_series(folder).affine @ [1, 3, 2, 1])


def test_a_real_file_alone_is_a_stream_of_one(tmp_path: Path) -> None:
    file = tmp_path / "CT.dcm"
    shutil.copy(get_testdata_file("CT_small.dcm", download=False), file)
    (frame,) = read_dicom(str(file))
    assert frame.pixels.shape == (128, 128)
    with write_dicom(tmp_path / "found", str(file), CLASSES) as write:
        label(write, [frame], 0)
    assert nibabel.load(tmp_path / "found.nii.gz").shape == (128, 128, 1)


def test_a_file_that_ends_early_is_told(ramp: Path) -> None:
    path = ramp / "images" / "train" / "ramp.nii"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError):
        list(read_nifti(str(path)))


def test_a_volume_takes_no_objects(ramp: Path) -> None:
    path = str(ramp / "images" / "train" / "ramp.nii")
    nothing = Detections(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64), None)
    with (
        pytest.raises(KitError, match="the model finds objects, and a volume takes labels"),
        write_nifti(ramp / "found", path, CLASSES) as write,
    ):
        write(next(read_nifti(path)), np.zeros((5, 4, 3), np.uint8), nothing)
    assert not list(ramp.glob("found*"))

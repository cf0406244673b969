"""Series are put in order by their place in the patient, and rescaled."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import DeflatedExplicitVRLittleEndian
from segdet_medical.dicom import read_header, read_series, read_slice
from segdet_medical.phantom import SPACING
from segdet_medical.writing import write_series

from segdet_kit.errors import DataError

VALUES = (np.arange(4 * 5 * 3).reshape(4, 5, 3) - 30).astype(np.int16)
CT = get_testdata_file("CT_small.dcm", download=False)


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Three slices whose names go down while they go up."""
    write_series(tmp_path, "train", "body", VALUES, np.zeros(VALUES.shape, np.uint8))
    return tmp_path / "images" / "train" / "body"


def changed(file: Path, **tags: object) -> None:
    content = pydicom.dcmread(file)
    for name, value in tags.items():
        if value is None:
            delattr(content, name)
        else:
            setattr(content, name, value)
    content.save_as(file)


def test_a_series_is_sorted_by_position_and_in_hounsfield_units(series: Path) -> None:
    read = read_series(series)
    assert [file.name for file in read.files] == ["0003.dcm", "0002.dcm", "0001.dcm"]
    assert read.shape == (3, 5, 4)
    assert read.spacing == (SPACING[2], SPACING[1], SPACING[0])
    assert np.array_equal(np.stack([read_slice(file) for file in read.files]), VALUES.transpose(2, 1, 0))
    assert np.allclose(read.affine @ [2, 0, 1, 1], [-SPACING[0], 0, 2 * SPACING[2], 1])


def test_a_real_slice_has_its_units_and_its_place() -> None:
    pixels = read_slice(CT)
    stored = pydicom.dcmread(CT)
    assert pixels.dtype == np.float32
    assert np.array_equal(pixels, stored.pixel_array - 1024.0)
    assert read_slice(get_testdata_file("MR_small.dcm", download=False)).shape == (64, 64)


@pytest.mark.parametrize(
    ("tags", "says"),
    [
        ({"SeriesInstanceUID": "1.2.3"}, "holds 2 series"),
        ({"ImagePositionPatient": [0, 0, 0]}, "two slices lie at one place"),
        ({"ImageOrientationPatient": [0, 1, 0, 1, 0, 0]}, "differ in size or orientation"),
        ({"ImagePositionPatient": None}, "does not say where it lies in the patient"),
        ({"NumberOfFrames": 2}, "several frames, or colours"),
        ({"Rows": 20_000, "Columns": 20_000}, "claims more than 100 megapixels"),
        ({"Rows": None}, "cannot be read"),
    ],
)
def test_what_is_no_stack_of_equal_slices_is_refused(series: Path, tags: dict, says: str) -> None:
    changed(series / "0001.dcm", **tags)
    with pytest.raises(DataError, match=says):
        read_series(series)


def test_another_file_in_the_folder_is_told(series: Path, tmp_path: Path) -> None:
    (series / "notes.txt").write_text("remember")
    with pytest.raises(DataError, match=r"notes\.txt is no DICOM file"):
        read_series(series)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="there are no files in"):
        read_series(tmp_path / "empty")


def test_a_deflated_file_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    content = pydicom.dcmread(CT)
    content.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    content.save_as(tmp_path / "a.dcm")
    with pytest.raises(DataError, match="is deflated as a whole"):
        read_header(tmp_path / "a.dcm")


def test_pixels_that_end_early_or_have_no_decoder_are_told(tmp_path: Path) -> None:
    file = tmp_path / "cut.dcm"
    shutil.copy(CT, file)
    file.write_bytes(file.read_bytes()[:-9000])
    with pytest.raises(DataError, match="its pixels cannot be decoded"):
        read_slice(file)

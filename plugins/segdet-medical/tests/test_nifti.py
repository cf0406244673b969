"""NIfTI files are read by slices, and judged by their headers first."""

from __future__ import annotations

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest
from nibabel.testing import data_path
from segdet_medical.geometry import PLANES
from segdet_medical.nifti import check_header, open_volume, volumes_below, write_volume

from segdet_kit.errors import DataError

AXIAL = PLANES["axial"]


def header(shape: tuple[int, ...], dtype: type = np.int16, offset: int = 352) -> bytes:
    made = nibabel.Nifti1Header()
    made.set_data_dtype(dtype)
    made.set_data_shape(shape)
    made["vox_offset"], made["magic"] = offset, b"n+1"
    return made.binaryblock + bytes(4)


def test_a_real_volume_has_the_voxels_and_the_scaling_that_nibabel_reads() -> None:
    path = str(Path(data_path) / "anatomical.nii")
    voxels = np.asarray(nibabel.as_closest_canonical(nibabel.load(path)).dataobj)
    volume = open_volume(path, AXIAL)
    assert volume.view.shape == (voxels.shape[2], voxels.shape[1], voxels.shape[0])
    for index in (0, 11, 24):
        assert (volume.cut(index) == voxels[::-1, ::-1, index].T).all()


def test_a_compressed_volume_holds_what_the_plain_one_does(ramp: Path) -> None:
    plain = ramp / "images" / "train" / "ramp.nii"
    packed = ramp / "packed.nii.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    volumes = [open_volume(str(path), PLANES["coronal"]) for path in (plain, packed)]
    for index in (3, 0, 4):
        assert (volumes[0].cut(index) == volumes[1].cut(index)).all()


def test_a_fourth_dimension_of_one_is_no_dimension(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    write_volume(path, np.arange(24, dtype=np.int16).reshape(2, 3, 4, 1), np.eye(4))
    assert (open_volume(str(path), AXIAL).cut(1) == np.array([[21, 9], [17, 5], [13, 1]])).all()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (header((30_000, 30_000, 2)), "its header claims 30000x30000x2 voxels"),
        (header((8, 8, 8), offset=2_000_000_000), "from byte 2000000000"),
        (header((8, 8)), r"holds an array of \(8, 8\)"),
        (header((8, 8, 8, 3)), r"holds an array of \(8, 8, 8, 3\)"),
        (header((8, 8, 8), np.complex64), "holds complex64"),
        (b"GIF89a" + bytes(600), "is no NIfTI file"),
        (b"", "is no NIfTI file"),
    ],
)
def test_a_header_that_cannot_be_is_refused_before_voxels_are_read(
    tmp_path: Path, content: bytes, says: str
) -> None:
    for name, stored in (("a.nii", content), ("a.nii.gz", gzip.compress(content))):
        (tmp_path / name).write_bytes(stored)
        with pytest.raises(DataError, match=says):
            check_header(str(tmp_path / name))


def test_a_volume_of_too_many_slices_is_refused(tmp_path: Path) -> None:
    made = nibabel.Nifti2Header()
    made.set_data_shape((1, 1, 10**9))
    (tmp_path / "a.nii").write_bytes(made.binaryblock)
    with pytest.raises(DataError, match="claims 1x1x1000000000 voxels"):
        check_header(str(tmp_path / "a.nii"))


def test_a_file_that_ends_early_is_told_when_it_is_read(ramp: Path) -> None:
    plain = ramp / "images" / "train" / "ramp.nii"
    cut = plain.read_bytes()[:-40]
    (ramp / "cut.nii").write_bytes(cut)
    with pytest.raises(DataError, match=r"cut\.nii (is damaged|cannot be read)"):
        open_volume(str(ramp / "cut.nii"), AXIAL).cut(5)
    (ramp / "cut.nii.gz").write_bytes(gzip.compress(plain.read_bytes())[:-60])
    with pytest.raises(DataError, match=r"cut\.nii\.gz (is damaged|cannot be read)"):
        open_volume(str(ramp / "cut.nii.gz"), AXIAL).cut(5)


def test_a_file_that_is_not_there_or_not_packed_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.nii cannot be read"):
        open_volume(str(tmp_path / "none.nii"), AXIAL)
    (tmp_path / "a.nii.gz").write_bytes(b"plain")
    with pytest.raises(DataError, match=r"a\.nii\.gz cannot be read"):
        check_header(str(tmp_path / "a.nii.gz"))


def test_a_file_that_was_written_anew_is_read_anew(ramp: Path) -> None:
    path = ramp / "images" / "train" / "ramp.nii"
    assert open_volume(str(path), AXIAL).cut(0)[0, 0] == 340
    write_volume(path, np.full((4, 5, 6), 7, np.int16), np.eye(4))
    assert open_volume(str(path), AXIAL).cut(0)[0, 0] == 7


def test_an_affine_that_loses_a_direction_is_told_with_its_file(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(np.zeros((2, 2, 2), np.int16), None)
    image.header.set_sform(np.diag([1.0, 1.0, 0.0, 1.0]), code=1)
    content = bytearray(image.to_bytes())
    (tmp_path / "flat.nii").write_bytes(content)
    with pytest.raises(DataError, match=r"flat\.nii: its affine takes several voxels to one place"):
        open_volume(str(tmp_path / "flat.nii"), AXIAL)


def test_volumes_are_called_by_their_names_without_the_suffix(tmp_path: Path) -> None:
    for name in ("b_0000.nii.gz", "a_0000.nii", "sub/c.nii", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list(volumes_below(tmp_path)) == ["a_0000", "b_0000", "sub/c"]
    assert list(volumes_below(tmp_path, "_0000.nii.gz")) == ["b"]
    (tmp_path / "a_0000.nii.gz").touch()
    with pytest.raises(DataError, match="differ in the suffix only"):
        volumes_below(tmp_path)

"""Volumes as data sets: what a sample is, and what no data set may be."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
from segdet_medical.dicom_slices import DicomSlices
from segdet_medical.geometry import PLANES, View
from segdet_medical.nifti import write_volume
from segdet_medical.nifti_slices import NiftiSlices
from segdet_medical.phantom import SHAPE, affine, draw, phantom
from segdet_medical.writing import write_series

from segdet_kit.data_check.check import check_data
from segdet_kit.errors import DataError
from segdet_kit.openmmlab.loading import check_samples

CLASSES = ("background", "organ", "lesion")
STEPS = [
    {"type": "LoadImageFromFile"},
    {"type": "segdet_medical.intensity.Window", "centre": 170, "width": 340},
    {"type": "LoadAnnotations"},
    {"type": "PackSegInputs"},
]
GIVEN = {"task": "semantic", "split": "train", "classes": CLASSES}


def read(root: Path, steps: list[dict] = STEPS, **options: object) -> NiftiSlices:
    from segdet_kit.openmmlab.runtime import prepare
    from segdet_kit.openmmlab.state import isolated

    prepare()
    with isolated("cpu", "mmseg"):
        return NiftiSlices(root=str(root), pipeline=steps, **{**GIVEN, **options})


def checked(root: Path, **options: object) -> dict[str, list[str]]:
    """What the check of data finds, by code."""
    dataset = {"type": "segdet_medical.nifti_slices.NiftiSlices", "root": str(root), "pipeline": STEPS}
    loader = {"dataset": {**GIVEN, **dataset, **options}}
    report = check_data({"default_scope": "mmseg", "train_dataloader": loader})
    return {finding.code: list(finding.examples) for finding in report.findings}


def test_a_sample_is_a_slice_in_8_bits_that_knows_its_place(ramp: Path) -> None:
    dataset = read(ramp)
    assert len(dataset) == 6
    sample = dataset[2]
    about = sample["data_samples"]
    assert sample["inputs"].shape == (3, 5, 4)
    assert sample["inputs"][0, -1].tolist() == [226, 152, 76, 2]  # 302, 202, 102 and 2 of 340
    assert about.gt_sem_seg.data[0].nonzero().tolist() == [[4, 3]]
    assert (about.volume, about.slice, about.spacing) == ("ramp", 2, (3.0, 2.0, 1.0))
    assert about.img_path.endswith("ramp.nii#axial-0002")


def test_empty_slices_are_left_out_of_training_alone(ramp: Path) -> None:
    assert [read(ramp, empty=False)[0]["data_samples"].slice] == [2]
    assert len(read(ramp, empty=False)) == 1
    assert len(read(ramp, empty=False, test_mode=True)) == 6


def test_another_plane_cuts_other_slices(ramp: Path) -> None:
    dataset = read(ramp, plane="sagittal")
    assert len(dataset) == 4
    assert dataset[0]["data_samples"].gt_sem_seg.data[0].nonzero().tolist() == [[3, 4]]


def test_values_that_no_step_makes_bytes_of_are_refused(ramp: Path) -> None:
    with pytest.raises(DataError, match="comes to the model as float32"):
        read(ramp, [STEPS[0], *STEPS[2:]])[0]


def test_a_label_that_is_no_class_is_refused(ramp: Path) -> None:
    with pytest.raises(DataError, match="holds the values 1, but there are 1 classes: 0 background"):
        read(ramp, classes=CLASSES[:1])[2]


def test_labels_on_another_grid_are_refused(ramp: Path) -> None:
    labels = ramp / "labels" / "train" / "ramp.nii"
    voxels = np.zeros((4, 5, 6), np.uint8)
    write_volume(labels, voxels, np.diag([1.0, 2.0, 3.0, 1.0]) + np.eye(4, k=3))
    with pytest.raises(DataError, match="does not lie on the grid of"):
        read(ramp)
    write_volume(labels, voxels[:, :, :5], np.diag([1.0, 2.0, 3.0, 1.0]))
    with pytest.raises(DataError, match="does not lie on the grid of"):
        read(ramp)


def test_labels_in_another_order_of_axes_lie_where_they_did(ramp: Path) -> None:
    path = ramp / "labels" / "train" / "ramp.nii"
    turned = nibabel.load(path).as_reoriented(np.array([[2, -1], [0, 1], [1, -1]]))
    content = turned.to_bytes()
    expected = [read(ramp)[index]["data_samples"].gt_sem_seg.data for index in range(6)]
    path.write_bytes(content)
    found = read(ramp)
    assert all((found[index]["data_samples"].gt_sem_seg.data == expected[index]).all() for index in range(6))


@pytest.mark.parametrize(
    ("gone", "says"),
    [
        ("images/train/ramp.nii", "there are no volumes in"),
        ("labels/train/ramp.nii", "have no labels in"),
    ],
)
def test_what_has_no_partner_is_told(ramp: Path, gone: str, says: str) -> None:
    (ramp / gone).unlink()
    with pytest.raises(DataError, match=says):
        read(ramp)


def test_labels_of_no_volume_are_told(ramp: Path) -> None:
    write_volume(ramp / "labels" / "train" / "more.nii", np.zeros((2, 2, 2), np.uint8), np.eye(4))
    with pytest.raises(DataError, match="have no volume in"):
        read(ramp)


def test_files_out_of_the_root_are_refused_and_links_out_of_it_are_told(ramp: Path) -> None:
    root = ramp / "inner"
    root.mkdir()
    out = {"images": "../images/{split}", "labels": "../labels/{split}"}
    with pytest.raises(DataError, match="which is out of"):
        check_samples(read(root, **out), {"root": str(root)})
    images = ramp / "images" / "train" / "ramp.nii"
    elsewhere = images.rename(ramp / "elsewhere.nii")
    (root / "images" / "train").mkdir(parents=True)
    (ramp / "labels").rename(root / "labels")
    (root / "images" / "train" / "ramp.nii").symlink_to(elsewhere)
    assert "elsewhere.nii" in checked(root)["link-outside-root"][0]


def test_the_check_of_data_counts_voxels_and_finds_what_is_wrong(ramp: Path) -> None:
    assert list(checked(ramp)) == ["class-without-labels"]
    images = ramp / "images" / "train" / "ramp.nii"
    content = images.read_bytes()
    images.write_bytes(content[:352] + bytes(240 - 40))
    assert "damaged" in str(checked(ramp)) or "cannot be read" in str(checked(ramp))
    made = nibabel.Nifti1Header(content[:348])
    made.set_data_shape((30_000, 30_000, 6))
    images.write_bytes(made.binaryblock + content[348:])
    assert "its header claims 30000x30000x6" in checked(ramp)["split-unreadable"][0]


def test_a_series_and_its_labels_are_the_same_slices_as_their_volume(tmp_path: Path) -> None:
    values, labels = draw(np.random.default_rng(1))
    write_series(tmp_path, "train", "body", values[:, :, 8:11], labels[:, :, 8:11])
    view = View.of(SHAPE, affine(), PLANES["axial"])
    dataset = DicomSlices(root=str(tmp_path), **GIVEN)
    for index in range(3):
        record = dataset.get_data_info(index)
        assert (dataset.read(record["img_path"]) == view.cut(values, 8 + index)).all()
        assert (dataset.truth(record["seg_map_path"]) == view.cut(labels, 8 + index)).all()
        assert record["spacing"] == (5.0, 3.0, 3.0)
        assert Path(dataset.file_of(record["img_path"])).is_file()
        assert Path(dataset.file_of(record["seg_map_path"])).name == "body.nii"


def test_a_phantom_is_the_same_each_time_and_has_what_its_labels_say() -> None:
    values, labels = draw(np.random.default_rng(3))
    again, _ = draw(np.random.default_rng(3))
    assert (values == again).all()
    assert values[labels == 1].mean() == pytest.approx(105, abs=20)
    assert values[labels == 2].mean() == pytest.approx(65, abs=25)


def test_the_phantom_has_three_splits(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="phantom has no split 'dev'"):
        phantom(task="semantic", split="dev", classes=CLASSES, root=str(tmp_path / "a"))

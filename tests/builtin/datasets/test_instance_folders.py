from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from segdet_kit.builtin.datasets.instance_folders import InstanceFolders
from segdet_kit.errors import DataError

HEIGHT, WIDTH = 24, 32
Write = Callable[..., Path]


def ring() -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[4:14, 6:20] = 255
    mask[7:10, 9:15] = 0
    return mask


def two_parts() -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[1:3, 1:5] = 255
    mask[20:22, 25:30] = 255
    return mask


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the image ``a``, grey with an alpha channel, with its masks, and the list of split ``train``."""

    def write(masks: Mapping[str, np.ndarray], names: str = "a\n") -> Path:
        folder = tmp_path / "stage1_train" / "a"
        (folder / "images").mkdir(parents=True)
        (folder / "masks").mkdir()
        pixels = np.full((HEIGHT, WIDTH, 4), 90, np.uint8)
        pixels[..., 3] = np.arange(WIDTH)
        cv2.imwrite(str(folder / "images" / "a.png"), pixels)
        for name, mask in masks.items():
            cv2.imwrite(str(folder / "masks" / f"{name}.png"), mask)
        (tmp_path / "splits").mkdir()
        (tmp_path / "splits" / "train.txt").write_text(names)
        return tmp_path

    return write


def read(root: Path, task: str = "instance", **options: Any) -> InstanceFolders:
    classes = ("background", "cell") if task == "semantic" else ("cell",)
    arguments = {"task": task, "split": "train", "classes": classes, "root": str(root)}
    return InstanceFolders(**arguments | options)  # type: ignore[arg-type]


def test_masks_keep_their_holes_and_parts_and_boxes_are_their_extents(
    write: Write, load_instances: list[dict[str, Any]]
) -> None:
    truth = read(write({"0": ring(), "1": two_parts()}), pipeline=load_instances)[0][
        "data_samples"
    ].gt_instances
    np.testing.assert_array_equal(truth.masks.masks, [ring() > 0, two_parts() > 0])
    assert truth.bboxes.tensor.tolist() == [[6, 4, 20, 14], [1, 1, 30, 22]]
    assert truth.labels.tolist() == [0, 0]


def test_alpha_is_dropped(write: Write, load_instances: list[dict[str, Any]]) -> None:
    sample = read(write({"0": ring()}), pipeline=load_instances)[0]
    assert sample["inputs"].shape == (3, HEIGHT, WIDTH)
    assert sample["inputs"].unique().tolist() == [90]


def test_semantic_labels_are_the_union_of_the_masks(
    write: Write, load_label_map: list[dict[str, Any]]
) -> None:
    load, labels, pack = load_label_map
    resized = [load, {"type": "Resize", "scale": (2 * WIDTH, 2 * HEIGHT)}, labels, pack]
    root = write({"0": ring(), "1": two_parts(), "2": ring()})
    sample = read(root, "semantic", pipeline=resized)[0]["data_samples"]
    np.testing.assert_array_equal(sample.gt_sem_seg.data[0].numpy(), (ring() | two_parts()) > 0)


def test_masks_without_a_pixel_are_left_out_and_counted(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        dataset = read(write({"0": ring(), "1": np.zeros_like(ring())}))
    assert len(dataset.get_data_info(0)["instances"]) == 1
    assert "left out 1 masks without a pixel" in caplog.text


def test_faint_masks_of_16_bits_count_too(write: Write) -> None:
    root = write({"0": np.uint16(ring() > 0)})
    assert read(root).get_data_info(0)["instances"][0]["bbox"] == [6, 4, 20, 14]


def test_a_mask_of_another_size_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match=r"0\.png is 4x3 pixels, its image 32x24"):
        read(write({"0": np.ones((3, 4), np.uint8)}))


@pytest.mark.parametrize("left", [0, 40])
def test_a_damaged_mask_is_named(write: Write, left: int) -> None:
    root = write({"0": ring()})
    mask = root / "stage1_train/a/masks/0.png"
    mask.write_bytes(mask.read_bytes()[:left])
    with pytest.raises(DataError, match=r"0\.png cannot be read"):
        read(root)


def test_a_damaged_image_is_named(write: Write) -> None:
    root = write({"0": ring()})
    (root / "stage1_train/a/images/a.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"a\.png cannot be read"):
        read(root)


def test_a_folder_holds_one_image(write: Write) -> None:
    root = write({"0": ring()})
    (root / "stage1_train/a/images/b.jpg").touch()
    with pytest.raises(DataError, match="holds 2 images, not one"):
        read(root)


def test_listed_folders_that_do_not_exist_are_named(write: Write) -> None:
    with pytest.raises(DataError, match=r"lists folders that are not in .*: b"):
        read(write({"0": ring()}, names="a\nb\n"))


def test_a_list_of_nothing_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match=r"train\.txt lists no images"):
        read(write({"0": ring()}, names="\n"))


@pytest.mark.parametrize("masks", [{}, {"0": np.zeros((HEIGHT, WIDTH), np.uint8)}])
def test_a_split_without_objects_is_refused(write: Write, masks: dict[str, np.ndarray]) -> None:
    with pytest.raises(DataError, match="no image has a mask with an object") as error:
        read(write(masks))
    assert error.value.hint.endswith("stage1_train/a/masks/*.png")


def test_a_missing_split_is_answered_by_those_that_exist(write: Write) -> None:
    with pytest.raises(DataError, match="no split 'val'") as error:
        read(write({"0": ring()}), split="val")
    assert error.value.hint == "splits that exist: train"


@pytest.mark.parametrize(("task", "classes"), [("detection", ("a", "b")), ("semantic", ("a",))])
def test_classes_that_the_layout_cannot_tell_apart_are_refused(
    write: Write, task: str, classes: tuple[str, ...]
) -> None:
    with pytest.raises(DataError, match=f"instance-folders takes .* for task '{task}'"):
        read(write({"0": ring()}), task, classes=classes)


def test_nuclei_of_the_data_science_bowl_are_all_there(segdet_data: Path) -> None:
    dataset = read(segdet_data / "dsb2018", split="val")
    assert len(dataset) == 66
    assert sum(len(dataset.get_data_info(i)["instances"]) for i in range(66)) == 9543 - 7570

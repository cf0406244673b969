"""Each code of a finding is provoked by a small broken data set, and a sound one provokes none."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segdet_kit.data_check.check import check_data
from segdet_kit.data_check.findings import FAULTS
from tests.data_check.samples import (
    CLASSES,
    HEIGHT,
    SOUND,
    WIDTH,
    coco,
    config,
    label_maps,
    noise,
    turned,
)

Make = Callable[[Path], dict[str, Any]]
PROVOCATIONS: dict[str, tuple[Make, int, str]] = {}
"""By code: what makes the data set, how many things are found, and what the first example holds."""


def provokes(code: str, count: int = 1, example: str = "") -> Callable[[Make], Make]:
    def keep(make: Make) -> Make:
        assert code not in PROVOCATIONS
        PROVOCATIONS[code] = (make, count, example)
        return make

    return keep


@provokes("split-unreadable", example="FileNotFoundError")
def no_annotation_file(root: Path) -> dict[str, Any]:
    return config("mmdet", train=coco(root) | {"ann_file": "nowhere.json"})


@provokes("no-images", count=0)
def empty_folders(root: Path) -> dict[str, Any]:
    (root / "train" / "images").mkdir(parents=True)
    return config("mmseg", train=label_maps(root, {}))


@provokes("all-images-filtered", example="a.png: no label of the classes (filter_empty_gt)")
def other_class_names_while_empty_images_are_filtered(root: Path) -> dict[str, Any]:
    boxes = {"a.png": [("Cat", (2, 3, 10, 10))]}
    filtered = {"filter_cfg": {"filter_empty_gt": True}}
    return config("mmdet", train=coco(root, boxes, categories=("Cat", "Dog"), **filtered))


@provokes("class-matches-nothing", example="dog")
def one_class_misspelt(root: Path) -> dict[str, Any]:
    boxes = {"a.png": [("cat", (2, 3, 10, 10)), ("dogs", (2, 3, 10, 10))]}
    return config("mmdet", train=coco(root, boxes, categories=("cat", "dogs")))


@provokes("no-labels", count=0)
def images_alone(root: Path) -> dict[str, Any]:
    return config("mmdet", train=coco(root, {"a.png": []}))


@provokes("label-outside-classes", example="a.jpg: 2, 7")
def values_above_the_classes(root: Path) -> dict[str, Any]:
    values = np.zeros((HEIGHT, WIDTH))
    values[0], values[1], values[2] = 1, 2, 7
    return config("mmseg", train=label_maps(root, {"a": values}))


@provokes("label-map-colours", example="a.png")
def colours_for_classes(root: Path) -> dict[str, Any]:
    return config("mmseg", train=label_maps(root, {"a": np.ones((HEIGHT, WIDTH, 3))}))


@provokes("label-map-size", example="40x30, labels for 20x30")
def half_a_label_map(root: Path) -> dict[str, Any]:
    return config("mmseg", train=label_maps(root, {"a": np.eye(HEIGHT, WIDTH // 2)}))


@provokes("file-missing", example="b.png")
def an_image_that_was_deleted(root: Path) -> dict[str, Any]:
    dataset = coco(root, {**SOUND, "b.png": SOUND["a.png"]})
    (root / "train" / "b.png").unlink()
    return config("mmdet", train=dataset)


@provokes("file-unreadable", example="b.png: not an image")
def a_web_page_for_an_image(root: Path) -> dict[str, Any]:
    dataset = coco(root, {**SOUND, "b.png": SOUND["a.png"]})
    (root / "train" / "b.png").write_text("<html>404</html>")
    return config("mmdet", train=dataset)


@provokes("box-not-finite", example="a.png: cat [nan, 3, nan, 13]")
def a_box_of_nan(root: Path) -> dict[str, Any]:
    nan = float("nan")
    return config("mmdet", train=coco(root, {"a.png": [*SOUND["a.png"], ("cat", (nan, 3, 10, 10))]}))


@provokes("mask-not-of-image", example="its mask is of size [20000, 20000], its image of [30, 40]")
def forty_bytes_that_claim_gigabytes(root: Path) -> dict[str, Any]:
    train = coco(root)
    file = Path(train["data_root"], train["ann_file"])
    content = json.loads(file.read_text())
    content["annotations"][0]["segmentation"] = {"size": [20_000, 20_000], "counts": [0, 400_000_000]}
    file.write_text(json.dumps(content))
    return config("mmdet", train=train)


@provokes("file-truncated", example="a.jpg: image file is truncated")
def half_a_photo(root: Path) -> dict[str, Any]:
    photo = noise(root / "train" / "a.jpg")
    photo.write_bytes(photo.read_bytes()[:1000])
    return config("mmdet", train=coco(root, {"a.jpg": SOUND["a.png"]}))


@provokes("decompression-bomb", example="a.png: 12000x12000, above 100 megapixels")
def a_header_that_claims_gigabytes(root: Path) -> dict[str, Any]:
    header = b"IHDR" + struct.pack(">IIBBBBB", 12_000, 12_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    (root / "train").mkdir(parents=True)
    body = b"IDAT" + zlib.compress(b"")
    pixels = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    (root / "train" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + pixels)
    return config("mmdet", train=coco(root, size=(12_000, 12_000)))


@provokes("exif-rotation", example="40x30, orientation 6, labels for 40x30")
def labels_for_the_picture_as_it_is_stored(root: Path) -> dict[str, Any]:
    noise(root / "train" / "a.jpg", exif=turned(6))
    return config("mmdet", train=coco(root, {"a.jpg": SOUND["a.png"]}))


@provokes("size-mismatch", example="40x30, labels for 80x60")
def labels_for_a_larger_picture(root: Path) -> dict[str, Any]:
    return config("mmdet", train=coco(root, size=(80, 60)))


@provokes("shared-images", example="a.png")
def training_images_for_validation(root: Path) -> dict[str, Any]:
    train = coco(root, {**SOUND, "b.png": SOUND["a.png"]})
    return config("mmdet", train=train, val=coco(root, role="val", data_prefix={"img": "train"}))


@provokes("duplicate-across-splits", example="a.png is ")
def a_training_image_under_another_name(root: Path) -> dict[str, Any]:
    train, test = coco(root), coco(root, {"z.bmp": SOUND["a.png"]}, role="test")
    from PIL import Image

    Image.open(root / "train" / "a.png").save(root / "test" / "z.bmp")
    return config("mmdet", train=train, test=test)


@provokes("path-outside-root", example="private.png")
def annotations_that_name_files_elsewhere(root: Path) -> dict[str, Any]:
    noise(root.parent / "private.png")
    name = "../../private.png"
    return config("mmdet", train=coco(root, {name: SOUND["a.png"]}))


@provokes("box-empty", example="a.png: dog [7, 8, 7, 8]")
def a_box_of_one_point(root: Path) -> dict[str, Any]:
    return config("mmdet", train=coco(root, {"a.png": [*SOUND["a.png"], ("dog", (7, 8, 0, 0))]}))


@provokes("box-outside", count=2, example="a.png: dog [30, 20, 50, 30] of 40x30")
def boxes_beyond_the_edge(root: Path) -> dict[str, Any]:
    beyond = [("dog", (30, 20, 20, 10)), ("dog", (100, 100, 5, 5))]
    return config("mmdet", train=coco(root, {"a.png": [*SOUND["a.png"], *beyond]}))


@provokes("class-without-labels", example="dog")
def cats_alone(root: Path) -> dict[str, Any]:
    return config("mmdet", train=coco(root, {"a.png": [("cat", (2, 3, 10, 10))]}))


@provokes("zero-label-reduced", example="a.png")
def classes_from_zero_with_zero_reduced(root: Path) -> dict[str, Any]:
    return config("mmseg", train=label_maps(root, reduce_zero_label=True))


@provokes("reader-warning", example="left out 3 boxes")
def a_reader_that_leaves_boxes_out(root: Path) -> dict[str, Any]:
    return config("mmdet", train={"type": "tests.data_check.samples.Careful"})


@provokes("label-without-image", example="annotation 9 of image 77")
def an_annotation_of_no_image(root: Path) -> dict[str, Any]:
    lonely = {"id": 9, "image_id": 77, "category_id": 1, "bbox": [1, 1, 5, 5], "area": 25}
    return config("mmdet", train=coco(root, more=[lonely]))


@provokes("exif-ambiguous", example="orientation 3")
def a_picture_upside_down(root: Path) -> dict[str, Any]:
    noise(root / "train" / "a.jpg", exif=turned(3))
    return config("mmdet", train=coco(root, {"a.jpg": SOUND["a.png"]}))


@provokes("link-outside-root", example="a.png -> ")
def a_link_to_elsewhere(root: Path) -> dict[str, Any]:
    (root / "train").mkdir(parents=True)
    (root / "train" / "a.png").symlink_to(noise(root.parent / "elsewhere.png"))
    return config("mmdet", train=coco(root))


@provokes("images-filtered", example="b.png: smaller than 32 pixels (min_size)")
def a_small_image_among_large_ones(root: Path) -> dict[str, Any]:
    dataset = coco(root, {**SOUND, "b.png": SOUND["a.png"]}, filter_cfg={"min_size": 32})
    content = (root / "train.json").read_text()
    noise(root / "train" / "a.png", (40, 50))
    (root / "train.json").write_text(content.replace('"height": 30', '"height": 50', 1))
    return config("mmdet", train=dataset)


@provokes("images-without-labels", example="b.png")
def an_image_of_nothing(root: Path) -> dict[str, Any]:
    return config("mmdet", train=coco(root, {**SOUND, "b.png": []}))


@provokes("other-names", example="bird: 2")
def birds_that_nobody_asked_for(root: Path) -> dict[str, Any]:
    birds = [("bird", (2, 3, 10, 10)), ("bird", (4, 3, 10, 10))]
    return config(
        "mmdet", train=coco(root, {"a.png": [*SOUND["a.png"], *birds]}, categories=(*CLASSES, "bird"))
    )


@provokes("duplicate-in-split", example="a.png is ")
def one_picture_twice(root: Path) -> dict[str, Any]:
    os.link(noise(root / "train" / "a.png"), root / "train" / "b.png")
    return config("mmdet", train=coco(root, {**SOUND, "b.png": SOUND["a.png"]}))


@provokes("not-inspectable")
def a_data_set_of_somebodys(root: Path) -> dict[str, Any]:
    return config("mmdet", train={"type": "tests.data_check.samples.Silent"})


@provokes("not-all-files", example="a.png")
def more_files_than_the_limit(root: Path) -> dict[str, Any]:
    return config("mmdet", train=coco(root)) | {"limit": 0}


def test_every_code_is_provoked() -> None:
    assert PROVOCATIONS.keys() == FAULTS.keys()


@pytest.mark.parametrize("code", PROVOCATIONS)
def test_a_fault_is_found(code: str, tmp_path: Path) -> None:
    make, count, example = PROVOCATIONS[code]
    broken = make(tmp_path / "data")
    report = check_data(broken, broken.pop("limit", None))
    (finding,) = [each for each in report.findings if each.code == code]
    assert (finding.count, finding.split.partition(",")[0]) == (count, "train")
    assert example in "".join(finding.examples[:1])
    assert report.ok == (report.findings[0].severity in ("warning", "note"))


@pytest.mark.parametrize(("scope", "make"), [("mmdet", coco), ("mmseg", label_maps)])
def test_nothing_is_found_in_sound_data(
    scope: str, make: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    roles = ("train", "val", "test")
    report = check_data(config(scope, **{role: make(tmp_path / role, role=role) for role in roles}))
    assert report.findings == ()
    assert report.ok
    what = "objects" if scope == "mmdet" else "pixels"
    n = 1 if scope == "mmdet" else WIDTH * HEIGHT // 2
    counts = {"images": 1, "filtered": 0, "without_labels": 0}
    counts |= {"classes": {name: {"images": 1, what: n} for name in CLASSES}}
    assert report.splits == dict.fromkeys(roles, counts)

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from segdet_kit.sample_rules import mask_fault, sample_fault

PIXELS = st.integers(1, 12).flatmap(
    lambda width: st.lists(st.lists(st.booleans(), min_size=width, max_size=width), min_size=1, max_size=12)
)


@given(PIXELS, st.booleans())
def test_every_mask_that_coco_writes_is_of_its_image(pixels: list[list[bool]], as_text: bool) -> None:
    array = np.asfortranarray(pixels, dtype=np.uint8)
    height, width = array.shape
    rle = coco.encode(array)
    mask = {"size": rle["size"], "counts": rle["counts"].decode() if as_text else rle["counts"]}
    assert mask_fault(mask, width, height) == ""
    assert mask_fault(mask, width + 1, height).startswith("its mask is of size")


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ({"size": [20000, 20000], "counts": [0, 4 * 10**8]}, "its mask is of size"),
        ({"size": [4, 5], "counts": [0, 4 * 10**8]}, "runs are 400000000 pixels long together, its image 20"),
        ({"size": [4, 5], "counts": [30, -10]}, "runs are no lengths"),
        ({"size": [4, 5], "counts": [1.0, 19.0]}, "runs are no lengths"),
        ({"size": [4, 5], "counts": None}, "runs are no lengths"),
        ({"size": 20, "counts": [20]}, "its mask is of size 20"),
        ({"size": [4, 5], "counts": "oooo"}, "runs are"),
        ({"size": [4, 5], "counts": "é"}, "runs are"),
        ({}, "its mask is of size None"),
        ([[0, 0, 4, 0, 4, 4]], ""),
        (None, ""),
    ],
)
def test_run_lengths_must_be_those_of_the_image(mask: Any, message: str) -> None:
    fault = mask_fault(mask, 5, 4)
    assert message in fault if message else not fault


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ({"img_path": "/data/a/b.png", "instances": [{"bbox": [0, 0, 1, 1.5]}]}, ""),
        ({"img_path": "/data/a/../b.png"}, ""),
        ({"img_path": "/data/../b.png"}, "names /data/../b.png, which is out of /data"),
        ({"img_path": "/database/b.png"}, "out of /data"),
        ({"img_path": "/etc/passwd"}, "out of /data"),
        ({"img_path": "/data/a.png", "instances": [{"bbox": [0, 0, 1, 1], "mask_path": "/x.png"}]}, "/x.png"),
        ({"img_path": "/data/a.png", "instances": [{"bbox": [0, 0, math.nan, 1]}]}, "no finite numbers"),
        ({"img_path": "/data/a.png", "instances": [{"bbox": [0, 0, math.inf, 1]}]}, "no finite numbers"),
        (
            {"width": 5, "height": 4, "instances": [{"bbox": [0, 0, 1, 1], "mask": {"size": [4, 6]}}]},
            "its mask is of size",
        ),
    ],
)
def test_a_sample_names_files_of_its_data_set_and_objects_of_its_image(record: Any, fault: str) -> None:
    found = sample_fault(record, ["/data"])
    assert fault in found if fault else not found


def test_without_a_root_files_lie_anywhere() -> None:
    assert sample_fault({"img_path": "/etc/passwd"}, []) == ""

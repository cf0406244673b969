from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from segdet_kit.testing import DataCase
from tests.testing.conftest import Judge

TITLE = "reads its sample"
OFFER = """
@hookimpl
def register_datasets():
    return [Dataset(name='pairs', target='made_parts:Pairs', summary='pairs', tasks=('semantic',),
                    layout='a.jpg, a.png')]
"""
PAIRS = """
from pathlib import Path
from mmseg.datasets import BaseSegDataset

class Pairs(BaseSegDataset):
    def __init__(self, *, task, split, classes, root, pipeline=(), **options):
        self.folder = Path(root, split)
        super().__init__(metainfo={'classes': tuple(classes)}, pipeline=list(pipeline), **options)

    def load_data_list(self):
        return [
            dict(img_path=str(image), seg_map_path=str(image.with_suffix('.png')), label_map=None,
                 reduce_zero_label=False, seg_fields=[])
            for image in sorted(self.folder.glob('*.jpg'))
        ]
"""
CLASSES = ("background", "thing")


def write(root: Path, label: int = 1, ground: int = 0) -> None:
    (root / "train").mkdir(parents=True)
    labels = np.full((24, 32), ground, np.uint8)
    labels[4:9, 4:9] = label
    cv2.imwrite(str(root / "train" / "a.png"), labels)
    cv2.imwrite(str(root / "train" / "a.jpg"), np.zeros((24, 32, 3), np.uint8))


def test_a_sample_is_read_from_a_folder_or_from_what_a_function_writes(judge: Judge, tmp_path: Path) -> None:
    write(tmp_path / "pairs")
    assert judge(TITLE, OFFER, PAIRS, {"pairs": DataCase(tmp_path / "pairs", classes=CLASSES)}) == ""
    assert judge(TITLE, OFFER, PAIRS, {"pairs": DataCase(write, classes=CLASSES)}) == ""


def test_classes_may_differ_between_tasks(judge: Judge) -> None:
    assert judge(TITLE, OFFER, PAIRS, {"pairs": DataCase(write, classes={"semantic": CLASSES})}) == ""
    other = DataCase(write, classes={"detection": CLASSES})
    assert "semantic: 'pairs' has no classes of its own" in judge(TITLE, OFFER, PAIRS, {"pairs": other})


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (DataCase(lambda root: write(root, label=2), classes=CLASSES), "labels 0 to 2 of 2 classes"),
        (DataCase(lambda root: write(root, 255, 255), classes=CLASSES), "no image has a label"),
        (DataCase(write), "has no classes of its own"),
    ],
)
def test_a_sample_that_cannot_be_learned_from_is_caught(judge: Judge, case: DataCase, said: str) -> None:
    assert said in judge(TITLE, OFFER, PAIRS, {"pairs": case})


def test_a_sample_without_images_is_caught(judge: Judge) -> None:
    parts = PAIRS + "\n    def __len__(self):\n        return 0\n"
    assert "no image is found" in judge(TITLE, OFFER, parts, {"pairs": DataCase(write, classes=CLASSES)})


def test_a_data_set_that_needs_a_folder_needs_a_case(judge: Judge) -> None:
    assert "there is no DataCase for dataset 'pairs'" in judge(TITLE, OFFER, PAIRS)


def test_a_data_set_that_knows_its_folder_needs_no_case(judge: Judge, tmp_path: Path) -> None:
    hooks = OFFER.replace("layout=", "classes={'semantic': ('background', 'thing')}, layout=")
    parts = PAIRS.replace("classes, root,", f"classes, root={str(tmp_path)!r},")
    write(tmp_path)
    assert judge(TITLE, hooks, parts) == ""


BOXES = """
from pathlib import Path
from mmdet.datasets import BaseDetDataset

class Pairs(BaseDetDataset):
    def __init__(self, *, task, split, classes, root, pipeline=(), **options):
        self.folder = Path(root, split)
        super().__init__(metainfo={'classes': tuple(classes)}, pipeline=list(pipeline), **options)

    def load_data_list(self):
        objects = [dict(bbox=BOX, bbox_label=LABEL, ignore_flag=0)]
        return [dict(img_path=str(self.folder / 'a.jpg'), img_id=0, height=24, width=32, instances=objects)]
"""


@pytest.mark.parametrize(
    ("box", "label", "said"),
    [
        ("[2, 3, 12, 13]", "1", ""),
        ("[2, 3, 12, 13]", "2", "labels 2 to 2 of 2 classes"),
        ("[2, 3, 2, 13]", "0", "has a box without an area"),
    ],
)
def test_boxes_and_their_labels_are_looked_at(judge: Judge, box: str, label: str, said: str) -> None:
    parts = BOXES.replace("BOX", box).replace("LABEL", label)
    result = judge(
        TITLE, OFFER.replace("semantic", "detection"), parts, {"pairs": DataCase(write, classes=CLASSES)}
    )
    assert said in result
    assert bool(said) == bool(result)

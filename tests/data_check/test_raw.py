from __future__ import annotations

import json
import math
from pathlib import Path

from segdet_kit.data_check.raw import Box, read_raw
from segdet_kit.openmmlab.datasets import Split
from segdet_kit.sample_rules import named_files

XML = """<annotation><size><width>60</width><height>40</height></size>
<object><name>cat</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>1</xmax><ymax>2</ymax></bndbox></object>
<object><name>dog</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9</xmax></bndbox></object>
<object><name>dog</name></object></annotation>"""


def test_voc_boxes_are_read_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(XML)
    raw = read_raw(Split("train", records=({"img_path": "/x/a.jpg", "xml_path": str(tmp_path / "a.xml")},)))
    assert raw.names == {"cat": 1, "dog": 2}
    assert raw.boxes[0] == Box("a.jpg", "cat", (1, 2, 1, 2), (60, 40))
    assert str(raw.boxes[0]) == "a.jpg: cat [1, 2, 1, 2]"
    assert [math.isnan(value) for value in raw.boxes[1].corners] == [False, False, False, True]
    assert not raw.closed


def test_coco_boxes_get_corners_and_categories_without_objects_are_names_too(tmp_path: Path) -> None:
    content = {
        "images": [{"id": 5, "file_name": "a.jpg", "width": 60, "height": 40}],
        "categories": [{"id": 3, "name": "cat"}, {"id": 4, "name": "dog"}],
        "annotations": [
            {"id": 1, "image_id": 5, "category_id": 3, "bbox": [1, 2, 3, 4]},
            {"id": 2, "image_id": 6, "category_id": 3, "bbox": [1, 2, 3, 4]},
            {"image_id": 5, "segments_info": []},
        ],
    }
    (tmp_path / "a.json").write_text(json.dumps(content))
    raw = read_raw(Split("train", annotation_files=(tmp_path / "a.json",)))
    assert raw.boxes == [Box("a.jpg", "cat", (1, 2, 4, 6), (60, 40))]
    assert (raw.names, raw.closed) == ({"cat": 1, "dog": 0}, True)
    assert raw.lonely == ["annotation 2 of image 6"]


def test_other_files_are_left_to_their_readers(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"shapes": []}')
    (tmp_path / "a.txt").write_text("0 0.5 0.5 1 1")
    assert not read_raw(Split("train", annotation_files=(tmp_path / "a.json", tmp_path / "a.txt"))).boxes


def test_a_sample_names_files_of_its_own_and_of_its_objects() -> None:
    instances = [{"mask_path": "m.png"}, {"mask": [[0, 0]]}]
    record = {"img_path": "a.png", "seg_map_path": None, "img_id": 3, "instances": instances}
    assert list(named_files(record)) == ["a.png", "m.png"]

"""The label map is Cityscapes' own."""

from __future__ import annotations

import pytest
from segdet_driving.labels import CLASSES, IGNORED, LABELS, OBJECTS, label_map
from torchvision.datasets import Cityscapes

from segdet_kit.errors import ClassNameError


def test_the_table_is_cityscapes_own() -> None:
    """torchvision carries a copy of cityscapesscripts' table."""
    theirs = [(t.name, t.id, t.category, not t.ignore_in_eval, t.has_instances) for t in Cityscapes.classes]
    assert [(o.name, o.id, o.category, o.evaluated, o.instances) for o in LABELS] == theirs


def test_the_benchmarks_classes_become_its_train_ids() -> None:
    train_ids = {t.id: t.train_id if 0 <= t.train_id < IGNORED else IGNORED for t in Cityscapes.classes}
    assert label_map(CLASSES) == train_ids
    assert len(CLASSES) == 19
    assert len(OBJECTS) == 8


def test_categories_take_the_labels_that_are_evaluated() -> None:
    names = {label.id: label.name for label in LABELS}
    table = label_map(["void", "flat", "human", "vehicle"])
    taken = {
        i: {names[id_] for id_, index in table.items() if index == i} for i in set(table.values()) - {IGNORED}
    }
    assert taken == {
        1: {"road", "sidewalk"},
        2: {"person", "rider"},
        3: {"car", "truck", "bus", "train", "motorcycle", "bicycle"},
    }


def test_a_class_comes_before_its_category_and_may_be_one_that_is_not_evaluated() -> None:
    table = label_map(["vehicle", "car", "parking"])
    assert (table[26], table[28], table[9], table[7]) == (1, 0, 2, IGNORED)


def test_an_unknown_class_is_answered_with_the_nearest() -> None:
    with pytest.raises(ClassNameError, match="no class 'vegetaton'\ndid you mean 'vegetation'"):
        label_map(["road", "vegetaton"])
    with pytest.raises(ClassNameError, match="no class 'xyz'\nits classes: road, sidewalk"):
        label_map(["xyz"])

from __future__ import annotations

from segdet_kit.suggest import nearest


def test_a_misspelt_name_finds_its_neighbour_whatever_its_case():
    assert nearest("ResNet81", ["resnet18", "resnet34"]) == "resnet18"
    assert nearest("Mask-RCNN", ["rtmdet", "mask-rcnn"]) == "mask-rcnn"


def test_a_name_like_none_has_no_neighbour():
    assert nearest("zebra", ["resnet18", "rtmdet"]) is None
    assert nearest("zebra", []) is None

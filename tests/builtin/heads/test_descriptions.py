"""What a short recipe of the kit's heads is assembled to."""

from __future__ import annotations

from typing import Any

import pytest

from segdet_kit.assemble import assemble
from segdet_kit.assemble.layers import walk
from segdet_kit.builtin.heads import detection, instance
from segdet_kit.catalog import installed
from segdet_kit.recipe import make_recipe

HEADS = [(head.name, task) for head in (*detection.HEADS, *instance.HEADS) for task in head.tasks]


def model(head: str | dict[str, Any], task: str = "detection", **keys: Any) -> dict[str, Any]:
    data = {"task": task, "data": "shapes", "backbone": "resnet18", "head": head, **keys}
    config: dict[str, Any] = assemble(make_recipe(data), installed()).config
    return config["model"]


@pytest.mark.parametrize(("head", "task"), HEADS)
def test_nothing_of_the_bases_weights_batches_or_normalisation_is_left(head: str, task: str) -> None:
    assembled = model(head, task)
    for path, node in walk(assembled):
        assert "Pretrained" not in str(node.get("init_cfg")), path
        assert node.get("type") != "SyncBN", path
        counts = [node.get(key) for key in ("num_classes", "num_things_classes")]
        assert set(counts) <= {None, 4}, path
    preprocessor = assembled["data_preprocessor"]
    assert preprocessor["batch_augments"] is None
    assert preprocessor["mean"] == [123.675, 116.28, 103.53]
    assert preprocessor["bgr_to_rgb"] is True


@pytest.mark.parametrize(("head", "task"), HEADS)
def test_the_losses_of_a_head_are_where_its_slots_say(head: str, task: str) -> None:
    slots = next(h for h in (*detection.HEADS, *instance.HEADS) if h.name == head and task in h.tasks).losses
    nodes = dict(walk(model(head, task, losses=dict.fromkeys(slots, "giou"))))
    places = [place for slot in slots.values() for place in ((slot,) if isinstance(slot, str) else slot)]
    assert {nodes[place]["type"] for place in places} == {"mmdet.models.losses.GIoULoss"}


@pytest.mark.parametrize(
    ("head", "task", "owners"),
    [
        ("retinanet", "detection", ["bbox_head"]),
        ("faster-rcnn", "detection", ["roi_head.bbox_head"]),
        ("cascade-rcnn", "detection", [f"roi_head.bbox_head.{stage}" for stage in range(3)]),
        ("mask-rcnn", "instance", ["roi_head.bbox_head"]),
    ],
)
def test_a_loss_of_boxes_makes_a_head_decode_its_offsets(head: str, task: str, owners: list[str]) -> None:
    decoding = [path for path, node in walk(model(head, task)) if node.get("reg_decoded_bbox")]
    assert decoding == []
    assembled = model(head, task, losses={"box": "giou"})
    assert [path for path, node in walk(assembled) if node.get("reg_decoded_bbox")] == owners


def test_a_head_that_is_the_whole_model_takes_the_models_arguments() -> None:
    assembled = model({"type": "dino", "num_queries": 30, "encoder": {"num_layers": 2}})
    assert assembled["type"] == "segdet_kit.builtin.heads.detection.transformers.DINO"
    assert assembled["num_queries"] == 30
    assert assembled["encoder"]["num_layers"] == 2
    assert assembled["encoder"]["layer_cfg"]

from __future__ import annotations

from pathlib import Path

import pytest

from segdet_kit.assemble.data import data_root
from segdet_kit.errors import RecipeError
from tests.assemble.conftest import DETECTOR, SEGMENTER


def types(pipeline):
    return [step["type"].rpartition(".")[2] for step in pipeline]


def train_dataset(assembled):
    return assembled.config["train_dataloader"]["dataset"]["dataset"]


def test_augmentations_run_in_the_recipes_order_after_the_resizing(assembled):
    dataset = train_dataset(assembled(DETECTOR, augmentations=["rotate", "flip"], image_size=[96, 128]))
    assert types(dataset["pipeline"]) == [
        "LoadImageFromFile", "LoadAnnotations", "Resize", "Rotate", "Flip", "PackDetInputs"
    ]  # fmt: skip
    assert dataset["pipeline"][2]["scale"] == (128, 96)


def test_testing_sees_preprocessing_and_no_augmentation_and_keeps_labels_in_the_images_own_size(assembled):
    config = assembled(SEGMENTER, augmentations=["flip", "grey"]).config
    for role in ("val", "test"):
        steps = types(config[f"{role}_dataloader"]["dataset"]["pipeline"])
        assert steps == ["LoadImageFromFile", "Resize", "Grey", "LoadAnnotations", "PackSegInputs"]
        assert config[f"{role}_dataloader"]["dataset"]["test_mode"] is True


def test_only_instance_segmentation_loads_masks(assembled):
    assert train_dataset(assembled(DETECTOR))["pipeline"][1]["with_mask"] is False
    masks = assembled({**DETECTOR, "task": "instance", "head": "mask-rcnn"})
    assert train_dataset(masks)["pipeline"][1]["with_mask"] is True


def test_a_crop_has_the_recipes_image_size_unless_it_says_its_own(assembled):
    own = {"type": "crop", "size": (32, 48)}
    pipeline = train_dataset(assembled(DETECTOR, augmentations=["crop", own], image_size=[96, 128]))[
        "pipeline"
    ]
    assert [step["size"] for step in pipeline[3:5]] == [(96, 128), (32, 48)]


def test_splits_may_have_other_names(assembled):
    config = assembled(DETECTOR, data={"type": "shapes", "splits": {"test": "val"}}).config
    assert config["train_dataloader"]["dataset"]["dataset"]["split"] == "train"
    assert config["test_dataloader"]["dataset"]["split"] == "val"
    assert "splits" not in config["test_dataloader"]["dataset"]
    with pytest.raises(RecipeError, match=r"data\.splits names testing") as caught:
        assembled(DETECTOR, data={"type": "shapes", "splits": {"testing": "val"}})
    assert "its keys are train, val, test" in caught.value.hint


def test_relative_roots_lie_in_the_data_folder(assembled, monkeypatch):
    monkeypatch.setenv("SEGDET_DATA", "/datasets")
    config = assembled(DETECTOR, data={"type": "rooted", "root": "cells"}, classes=["cell"])
    assert train_dataset(config)["root"] == "/datasets/cells"
    monkeypatch.delenv("SEGDET_DATA")
    assert data_root("cells") == Path.cwd() / "data" / "cells"
    assert data_root("/absolute") == Path("/absolute")


def test_classes_come_from_the_recipe_or_the_data_set(assembled):
    assert train_dataset(assembled(DETECTOR))["classes"] == ("disk", "square", "triangle", "star")
    with pytest.raises(RecipeError, match="no classes are given, and data set 'rooted' has none of its own"):
        assembled(DETECTOR, data={"type": "rooted", "root": "x"})


def test_each_task_has_a_metric_unless_the_recipe_names_its_own(assembled):
    evaluator = assembled(DETECTOR).config["test_evaluator"]
    assert [metric["type"] for metric in evaluator] == ["segdet_kit.builtin.metrics.coco.CocoAP"]
    assert "PixelIoU" in assembled(SEGMENTER).config["val_evaluator"][0]["type"]


def test_mmseg_tests_image_by_image_and_mmdet_in_batches(assembled):
    schedule = {"batch_size": 3}
    assert assembled(SEGMENTER, schedule=schedule).config["test_dataloader"]["batch_size"] == 1
    assert assembled(DETECTOR, schedule=schedule).config["test_dataloader"]["batch_size"] == 3


def test_training_is_seeded_sample_by_sample(assembled):
    loader = assembled(DETECTOR, seed=7).config["train_dataloader"]
    assert loader["dataset"]["seed"] == 7
    assert loader["dataset"]["shuffle"] is True


PANOPTIC = {"task": "panoptic", "data": "shapes", "backbone": "resnet18", "head": "mask2former"}


def test_stuff_follows_the_things_everywhere(assembled):
    config = assembled(PANOPTIC).config
    dataset = config["test_dataloader"]["dataset"]
    assert dataset["classes"] == ("disk", "square", "triangle", "star", "background")
    assert dataset["stuff"] == ("background",)
    for part in ("panoptic_head", "panoptic_fusion_head"):
        assert config["model"][part]["num_things_classes"] == 4
        assert config["model"][part]["num_stuff_classes"] == 1
    assert config["model"]["panoptic_head"]["loss_cls"]["class_weight"] == [1.0] * 5 + [0.1]
    assert config["test_evaluator"][0]["type"].endswith("PanopticQuality")
    loads = [step["type"].rpartition(".")[2] for step in dataset["pipeline"]]
    assert loads == ["LoadImageFromFile", "Resize", "LoadPanopticAnnotations", "PackDetInputs"]


def test_a_recipe_says_what_is_stuff(assembled):
    named = assembled(PANOPTIC, classes=["star"], stuff=["background", "disk"]).config
    dataset = named["train_dataloader"]["dataset"]["dataset"]
    assert dataset["classes"] == ("star", "background", "disk")
    assert dataset["stuff"] == ("background", "disk")
    assert named["model"]["panoptic_head"]["num_stuff_classes"] == 2
    things_alone = assembled(PANOPTIC, classes=["star", "disk"]).config["test_dataloader"]["dataset"]
    assert (things_alone["classes"], things_alone["stuff"]) == (("star", "disk"), ())


def test_a_class_of_the_data_set_that_becomes_stuff_needs_the_others_named(assembled):
    with pytest.raises(RecipeError, match="disk is a class of data set 'shapes' and stuff too") as caught:
        assembled(PANOPTIC, stuff=["disk"])
    assert caught.value.hint == "name classes as well"


def test_other_tasks_have_no_stuff(assembled):
    assert "stuff" not in assembled(DETECTOR).config["test_dataloader"]["dataset"]

from __future__ import annotations

from pathlib import Path

import pytest

from segdet_kit.assemble.data import DEFAULT_METRICS, data_root
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


def test_a_task_without_a_metric_of_its_own_needs_one_named(assembled, monkeypatch):
    monkeypatch.delitem(DEFAULT_METRICS, "detection")
    with pytest.raises(RecipeError, match="task 'detection' has no metric of its own"):
        assembled(DETECTOR)

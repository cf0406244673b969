"""Each augmentation of the catalog in the pipeline of every task that it claims, as a recipe assembles it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from segdet_kit.assemble import assemble
from segdet_kit.builtin.augmentations import register_augmentations
from segdet_kit.builtin.datasets import SHAPES
from segdet_kit.catalog import installed
from segdet_kit.components import Augmentation, toolbox
from segdet_kit.data.shapes import ensure
from segdet_kit.recipe import make_recipe

HEADS = {"detection": "rtmdet", "instance": "mask-rcnn", "semantic": "segformer", "panoptic": "mask2former"}
OFFERED = {each.name: each for each in register_augmentations()}
CASES = [(task, name) for name, each in OFFERED.items() for task in HEADS if task in each.tasks]
PREPROCESSING = [name for name, each in OFFERED.items() if each.stage == "always"]
SIZE = 64
NUMBERS = range(3, 8)  # from one epoch into the next
COUNTS = {"train": 5, "val": 1, "test": 2}


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = str(tmp_path_factory.mktemp("data") / "shapes")
    ensure(root, seed=0, counts=COUNTS, image_size=SIZE)
    return {"type": "shapes", "root": root, "image_size": SIZE, **COUNTS}


def acting(augmentation: Augmentation) -> dict[str, Any]:
    """The augmentation as a recipe names it, certain to act."""
    certain = {"prob": 1.0} if "prob" in augmentation.defaults else {}
    smaller = {"size": (48, 40)} if augmentation.name == "crop" else {}
    return {"type": augmentation.name, **certain, **smaller}


def config_of(task: str, shapes: dict[str, Any], *augmentations: Any) -> dict[str, Any]:
    recipe = {"task": task, "data": shapes, "image_size": SIZE, "head": HEADS[task], "seed": 3}
    recipe |= {"backbone": {"type": "resnet18", "pretrained": False}, "augmentations": list(augmentations)}
    return assemble(make_recipe(recipe), installed()).config


def samples(task: str, config: dict[str, Any], split: str, numbers: Iterable[int]) -> list[dict[str, Any]]:
    from mmengine.registry import DATASETS

    from segdet_kit.openmmlab.runtime import prepare
    from segdet_kit.openmmlab.state import isolated

    prepare()
    with isolated("cpu", toolbox(task)):
        dataset = DATASETS.build(config[f"{split}_dataloader"]["dataset"])
        return [dataset[n] for n in numbers]


@pytest.fixture(scope="module")
def plain(shapes: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The samples of each task as no augmentation changed them."""
    return {task: samples(task, config_of(task, shapes), "train", NUMBERS) for task in HEADS}


def labels(sample: dict[str, Any]) -> list[Any]:
    """Everything that a model learns from, as arrays."""
    truth = sample["data_samples"]
    found = []
    if "gt_sem_seg" in truth:
        found += [value.numpy() for _, value in truth.gt_sem_seg.items()]
    if "gt_instances" in truth:
        objects = truth.gt_instances
        found += [objects.bboxes.tensor.numpy(), objects.labels.numpy()]
        found += [objects.masks.to_ndarray()] if "masks" in objects else []
    assert found
    return found


@pytest.mark.parametrize(("task", "name"), CASES)
def test_training_samples_are_changed_and_fixed_by_their_number(
    task: str, name: str, shapes: dict[str, Any], plain: dict[str, list[dict[str, Any]]]
) -> None:
    config = config_of(task, shapes, acting(OFFERED[name]))
    found = samples(task, config, "train", [*NUMBERS, *reversed(NUMBERS)])
    for sample, same in zip(found[: len(NUMBERS)], reversed(found), strict=False):
        assert sample["inputs"].dtype == torch.uint8
        assert sample["inputs"].shape == (3, *sample["data_samples"].img_shape)
        assert torch.equal(sample["inputs"], same["inputs"])
        for one, other in zip(labels(sample), labels(same), strict=True):
            np.testing.assert_array_equal(one, other)
    assert not all(torch.equal(a["inputs"], b["inputs"]) for a, b in zip(found, plain[task], strict=False))


@pytest.mark.parametrize("name", [name for task, name in CASES if task == "panoptic"])
def test_objects_and_label_map_of_a_panoptic_sample_stay_one(name: str, shapes: dict[str, Any]) -> None:
    """Where an object's mask is, the label map has its class; elsewhere only what too little is seen of."""
    seen = 0
    for sample in samples("panoptic", config_of("panoptic", shapes, acting(OFFERED[name])), "train", NUMBERS):
        label_map, _, of_objects, masks = labels(sample)
        for label in range(len(SHAPES)):
            covered = masks[of_objects == label].any(axis=0)
            assert not (covered & (label_map[0] != label)).any()
            assert (~covered & (label_map[0] == label)).sum() < 20
            seen += covered.sum()
    assert seen


@pytest.mark.parametrize("name", OFFERED)
def test_only_preprocessing_is_part_of_testing(name: str, shapes: dict[str, Any]) -> None:
    task = OFFERED[name].tasks[0]
    config = config_of(task, shapes, name)
    for split in ("val", "test"):
        types = [step["type"] for step in config[f"{split}_dataloader"]["dataset"]["pipeline"]]
        assert (OFFERED[name].type in types) == (name in PREPROCESSING)


@pytest.mark.parametrize("task", HEADS)
def test_prediction_preprocesses_as_testing_does(
    task: str, shapes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from segdet_kit.openmmlab import predictor

    config = config_of(task, shapes, *PREPROCESSING, "flip")
    (tested,) = samples(task, config, "test", [1])
    plain = samples(task, config_of(task, shapes), "test", [1])[0]

    class Seeing:
        """A model that keeps what it is shown, and says nothing of it."""

        def test_step(self, data: dict[str, Any]) -> Any:
            self.seen = data["inputs"][0]
            raise KeyboardInterrupt

    model = Seeing()
    monkeypatch.setattr(predictor, "build_model", lambda *_: model)
    predict = predictor.Predictor(config, Path("none.pth"), "cpu")
    with pytest.raises(KeyboardInterrupt):
        predict(Path(tested["data_samples"].img_path))
    assert torch.equal(model.seen, tested["inputs"])
    assert not torch.equal(tested["inputs"], plain["inputs"])


def test_a_crop_of_images_in_their_own_size_is_a_tile_of_their_pixels(shapes: dict[str, Any]) -> None:
    config = config_of("semantic", shapes, {"type": "crop", "size": (24, 40)})
    places = set()
    for sample in samples("semantic", config, "train", range(5)):
        tile = sample["inputs"].numpy().transpose(1, 2, 0)
        windows = np.lib.stride_tricks.sliding_window_view(
            cv2.imread(sample["data_samples"].img_path), (24, 40, 3)
        )
        (place,) = np.argwhere((windows[:, :, 0] == tile).all(axis=(2, 3, 4)))
        places.add(tuple(place.tolist()))
    assert len(places) > 1


def test_a_segmenter_takes_a_large_image_tile_by_tile(shapes: dict[str, Any]) -> None:
    """As the page on augmentations says: no forward pass sees more than a tile."""
    from mmengine.config import Config

    from segdet_kit.openmmlab.runtime import build_model, prepare

    prepare()
    config = config_of("semantic", shapes)
    config["model"]["test_cfg"] = {"mode": "slide", "crop_size": (32, 32), "stride": (24, 24)}
    (sample,) = samples("semantic", config, "test", [0])
    model: Any = build_model(Config(config), device="cpu")
    seen: list[tuple[int, ...]] = []
    model.backbone.register_forward_hook(
        lambda module, inputs, output: seen.append(tuple(inputs[0].shape[2:]))
    )
    with torch.inference_mode():
        (result,) = model.test_step({key: [value] for key, value in sample.items()})
    assert set(seen) == {(32, 32)}
    assert len(seen) == 9
    assert result.pred_sem_seg.data.shape == (1, SIZE, SIZE)

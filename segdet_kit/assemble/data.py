"""Data loaders and evaluators: loading, augmentations in the recipe's order, packing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from segdet_kit.assemble.build import Build
from segdet_kit.catalog import Catalog
from segdet_kit.components import Augmentation, Dataset, Metric, toolbox
from segdet_kit.errors import RecipeError
from segdet_kit.recipe import ComponentRef, Recipe

DATA_VARIABLE = "SEGDET_DATA"
SPLITS = ("train", "val", "test")
DEFAULT_METRICS = {"detection": "coco", "instance": "coco", "semantic": "iou"}
PADDING_DIVISOR = 32
DEFAULT_IMAGE_SIZE = (512, 512)


def classes_of(recipe: Recipe, catalog: Catalog) -> tuple[str, ...]:
    """Return the recipe's classes, or those its data set declares. Raises ``RecipeError``."""
    dataset = catalog.get(Dataset, recipe.data.type, recipe.task)
    classes = recipe.classes or dataset.classes.get(recipe.task)
    if not classes:
        raise RecipeError(
            f"no classes are given, and data set {dataset.name!r} has none of its own",
            "write for example: classes = ['cat', 'dog']",
        )
    return tuple(classes)


def assemble_data(build: Build) -> None:
    """Set the three dataloaders, the evaluators, and the padding of batches."""
    recipe, layers = build.recipe, build.layers
    dataset = build.catalog.get(Dataset, recipe.data.type, recipe.task)
    train, test = _pipelines(build)
    arguments = dict(recipe.data.args)
    names = _split_names(build, arguments.pop("splits", {}))
    if "root" in arguments:
        arguments["root"] = str(data_root(str(arguments["root"])))
    schedule = recipe.schedule
    for split in SPLITS:
        training = split == "train"
        config = build.described(
            dataset,
            ComponentRef(type=dataset.name, args=arguments),
            task=recipe.task,
            split=names[split],
            classes=build.classes,
            pipeline=train if training else test,
            test_mode=not training,
        )
        if training:
            wrapper = "segdet_kit.openmmlab.sampling.SeededDataset"
            config = {"type": wrapper, "seed": recipe.seed, "dataset": config}
            sampler = {
                "type": "segdet_kit.openmmlab.sampling.ResumableSampler",
                "shuffle": True,
                "seed": recipe.seed,
            }
        else:
            sampler = {"type": "DefaultSampler", "shuffle": False}
        loader = {
            # mmseg tests images of different sizes one by one.
            "batch_size": schedule.batch_size if training or toolbox(recipe.task) == "mmdet" else 1,
            "num_workers": schedule.workers,
            "persistent_workers": schedule.workers > 0,
            "drop_last": training,
            "sampler": sampler,
            "dataset": config,
        }
        layers.set(f"{split}_dataloader", loader, build.origin(dataset))
    _set_padding(build)
    _set_metrics(build)


def _split_names(build: Build, named: dict[str, str]) -> dict[str, str]:
    """Return what the data set calls its splits for training, validation and testing."""
    unknown = sorted(named.keys() - set(SPLITS))
    if unknown:
        raise RecipeError(
            f"{build.said_at('data.splits')}: data.splits names {', '.join(unknown)}",
            f"its keys are {', '.join(SPLITS)}, for example splits=dict(train='trainval', val='test')",
        )
    return {split: named.get(split, split) for split in SPLITS}


def data_root(root: str) -> Path:
    """Return a data set's folder: relative ones lie in ``$SEGDET_DATA``, or in ``./data`` without it."""
    return (Path(os.environ.get(DATA_VARIABLE) or "data") / Path(root).expanduser()).absolute()


def _pipelines(build: Build) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    recipe = build.recipe
    height, width = recipe.image_size or DEFAULT_IMAGE_SIZE
    load = {"type": "LoadImageFromFile"}
    resize = {"type": "Resize", "scale": (width, height), "keep_ratio": True}
    if toolbox(recipe.task) == "mmseg":
        annotations: dict[str, Any] = {"type": "LoadAnnotations"}
        pack: dict[str, Any] = {"type": "PackSegInputs"}
    else:
        annotations = {"type": "LoadAnnotations", "with_bbox": True, "with_mask": recipe.task == "instance"}
        pack = {"type": "PackDetInputs"}
    always: list[dict[str, Any]] = []
    training: list[dict[str, Any]] = []
    for reference in recipe.augmentations:
        augmentation = build.catalog.get(Augmentation, reference.type, recipe.task)
        config = build.described(augmentation, reference)
        if "size" in augmentation.defaults and "size" not in reference.args:
            config["size"] = (height, width)
        training.append(config)
        if augmentation.stage == "always":
            always.append(config)
    # Labels are loaded after the resizing where nothing is learned: scores are taken in the image's own size.
    return [load, annotations, resize, *training, pack], [load, resize, *always, annotations, pack]


def _set_padding(build: Build) -> None:
    """Batches are padded to a size that all strides divide."""
    layers, origin = build.layers, "image_size"
    preprocessor = "model.data_preprocessor"
    if toolbox(build.recipe.task) == "mmseg":
        layers.set(f"{preprocessor}.size", build.recipe.image_size or DEFAULT_IMAGE_SIZE, origin)
        layers.set(f"{preprocessor}.test_cfg", {"size_divisor": PADDING_DIVISOR}, origin)
    else:
        layers.set(f"{preprocessor}.pad_size_divisor", PADDING_DIVISOR, origin)
        layers.set(f"{preprocessor}.batch_augments", None, origin)


def _set_metrics(build: Build) -> None:
    recipe = build.recipe
    references = recipe.metrics or (ComponentRef(type=DEFAULT_METRICS[recipe.task]),)
    evaluators = []
    for reference in references:
        metric = build.catalog.get(Metric, reference.type, recipe.task)
        evaluators.append(build.described(metric, reference))
    for split in ("val", "test"):
        build.layers.set(f"{split}_evaluator", evaluators, "metrics")
        build.layers.set(f"{split}_cfg", {}, "metrics")

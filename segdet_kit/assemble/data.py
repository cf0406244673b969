"""Data loaders, their data sets, and evaluators."""

from __future__ import annotations

import os
from pathlib import Path

from segdet_kit.assemble.build import Build
from segdet_kit.assemble.pipeline import pipeline
from segdet_kit.catalog import Catalog
from segdet_kit.components import Dataset, Metric, toolbox
from segdet_kit.errors import RecipeError
from segdet_kit.recipe import ComponentRef, Recipe

DATA_VARIABLE = "SEGDET_DATA"
ROLES = ("train", "val", "test")
DEFAULT_METRICS = {"detection": "coco", "instance": "coco", "semantic": "iou", "panoptic": "panoptic-quality"}
PADDING_DIVISOR = 32
WIRED = "wired: as the task needs it"


def classes_of(recipe: Recipe, catalog: Catalog) -> tuple[str, ...]:
    """Return the recipe's classes, or those its data set declares, with the stuff behind them.

    Raises ``RecipeError``.
    """
    dataset = catalog.get(Dataset, recipe.data.type, recipe.task)
    classes = recipe.classes or dataset.classes.get(recipe.task)
    if not classes:
        raise RecipeError(
            f"no classes are given, and data set {dataset.name!r} has none of its own",
            "write for example: classes = ['cat', 'dog']",
        )
    stuff = stuff_of(recipe, catalog)
    if both := [name for name in stuff if name in classes]:
        raise RecipeError(
            f"{', '.join(both)} is a class of data set {dataset.name!r} and stuff too", "name classes as well"
        )
    return (*classes, *stuff)


def stuff_of(recipe: Recipe, catalog: Catalog) -> tuple[str, ...]:
    """Return the classes that are no objects: the recipe's, or the data set's where the classes are too."""
    if recipe.task != "panoptic":
        return ()
    if recipe.stuff is not None:
        return recipe.stuff
    return () if recipe.classes else catalog.get(Dataset, recipe.data.type, recipe.task).stuff


def assemble_data(build: Build) -> None:
    """Set the three dataloaders, the evaluators, and the padding of batches."""
    arguments = dict(build.recipe.data.args)
    splits = _split_names(build, arguments.pop("splits", {}))
    if "root" in arguments:
        arguments["root"] = str(data_root(str(arguments["root"])))
    reference = ComponentRef(type=build.recipe.data.type, args=arguments)
    for role in ROLES:
        _set_loader(build, role)
        _set_dataset(build, role, splits[role], reference)
    _set_padding(build)
    _set_metrics(build)


def data_root(root: str) -> Path:
    """Return a data set's folder: relative ones lie in ``$SEGDET_DATA``, or in ``./data`` without it."""
    return (Path(os.environ.get(DATA_VARIABLE) or "data") / Path(root).expanduser()).absolute()


def _set_loader(build: Build, role: str) -> None:
    recipe, layers = build.recipe, build.layers
    training = role == "train"
    workers = recipe.schedule.workers
    path = f"{role}_dataloader"
    # mmseg tests images of different sizes one by one.
    batch_size = recipe.schedule.batch_size if training or toolbox(recipe.task) == "mmdet" else 1
    layers.set(f"{path}.batch_size", batch_size, build.said_at("schedule.batch_size"))
    layers.set(f"{path}.num_workers", workers, build.said_at("schedule.workers"))
    layers.set(f"{path}.persistent_workers", workers > 0, build.said_at("schedule.workers"))
    layers.set(f"{path}.drop_last", training, WIRED)
    if training:
        sampler = {"type": "segdet_kit.openmmlab.sampling.ResumableSampler"}
        layers.set(f"{path}.sampler", sampler, "wired: to be resumed anywhere")
    else:
        layers.set(f"{path}.sampler", {"type": "DefaultSampler", "shuffle": False}, WIRED)


def _set_dataset(build: Build, role: str, split: str, reference: ComponentRef) -> None:
    recipe, layers = build.recipe, build.layers
    component = build.catalog.get(Dataset, reference.type, recipe.task)
    path = f"{role}_dataloader.dataset"
    if role == "train":
        wrapper = {
            "type": "segdet_kit.openmmlab.sampling.SeededDataset",
            "seed": recipe.seed,
            "shuffle": True,
        }
        layers.set(path, wrapper, build.said_at("seed"))
        path += ".dataset"
    build.put(path, component, reference, "data")
    layers.set(f"{path}.task", recipe.task, build.said_at("task"))
    layers.set(f"{path}.split", split, build.said_at(f"data.splits.{role}"))
    layers.set(f"{path}.classes", build.classes, build.said_at("classes"))
    if recipe.task == "panoptic":
        layers.set(f"{path}.stuff", build.stuff, build.said_at("stuff"))
    layers.set(f"{path}.test_mode", role != "train", WIRED)
    steps = pipeline(build, training=role == "train")
    layers.set(f"{path}.pipeline", [{} for _ in steps], WIRED)
    for index, step in enumerate(steps):
        layers.set(f"{path}.pipeline.{index}", step.config, step.origin)
        for argument, origin in step.said.items():
            layers.set(f"{path}.pipeline.{index}.{argument}", step.config[argument], origin)


def _split_names(build: Build, named: dict[str, str]) -> dict[str, str]:
    """Return what the data set calls its splits for training, validation and testing."""
    unknown = sorted(named.keys() - set(ROLES))
    if unknown:
        raise RecipeError(
            f"{build.said_at('data.splits')}: data.splits names {', '.join(unknown)}",
            f"its keys are {', '.join(ROLES)}, for example splits=dict(train='trainval', val='test')",
        )
    return {role: named.get(role, role) for role in ROLES}


def _set_padding(build: Build) -> None:
    """Batches are padded to a size that all strides divide."""
    layers, origin = build.layers, build.said_at("image_size")
    preprocessor = "model.data_preprocessor"
    if toolbox(build.recipe.task) == "mmseg":
        # No fixed size: an augmentation may leave images larger or smaller than they came.
        layers.set(f"{preprocessor}.size", None, origin)
        layers.set(f"{preprocessor}.size_divisor", PADDING_DIVISOR, origin)
        layers.set(f"{preprocessor}.test_cfg", {"size_divisor": PADDING_DIVISOR}, origin)
    else:
        layers.set(f"{preprocessor}.pad_size_divisor", PADDING_DIVISOR, origin)
        layers.set(f"{preprocessor}.batch_augments", None, origin)


def _set_metrics(build: Build) -> None:
    recipe = build.recipe
    references = recipe.metrics
    if not references:
        references = (ComponentRef(type=DEFAULT_METRICS[recipe.task]),)
    for role in ("val", "test"):
        build.layers.set(f"{role}_cfg", {}, WIRED)
        build.layers.set(f"{role}_evaluator", [{} for _ in references], WIRED)
        for index, reference in enumerate(references):
            metric = build.catalog.get(Metric, reference.type, recipe.task)
            build.put(f"{role}_evaluator.{index}", metric, reference, f"metrics.{index}")

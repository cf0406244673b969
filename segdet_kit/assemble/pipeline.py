"""The steps that one sample goes through: loading, resizing, augmentations in the recipe's order, packing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segdet_kit.assemble.build import Build
from segdet_kit.components import Augmentation, toolbox
from segdet_kit.recipe import Recipe

DEFAULT_IMAGE_SIZE = (512, 512)


@dataclass(frozen=True)
class Step:
    """A transform's config and its origin. ``said``: the origins of arguments that the recipe gives."""

    config: dict[str, Any]
    origin: str
    said: Mapping[str, str] = field(default_factory=dict)


def image_size(recipe: Recipe) -> tuple[int, int]:
    """Return the (height, width) that images are resized to fit into."""
    return recipe.image_size or DEFAULT_IMAGE_SIZE


def pipeline(build: Build, *, training: bool) -> list[Step]:
    """Return the steps of training, or of testing and prediction, each with its origin.

    Where nothing is learned, labels are loaded after the resizing: scores are taken in the image's own size.
    """
    recipe = build.recipe
    height, width = image_size(recipe)
    said = build.said_at("image_size")
    task = f"task {recipe.task!r}"
    load = Step({"type": "LoadImageFromFile"}, "wired: first of all")
    resize = Step({"type": "Resize", "scale": (width, height), "keep_ratio": True}, said)
    if toolbox(recipe.task) == "mmseg":
        annotations = Step({"type": "LoadAnnotations"}, task)
        pack = Step({"type": "PackSegInputs"}, task)
    elif recipe.task == "panoptic":
        annotations = Step({"type": "segdet_kit.openmmlab.panoptic.LoadPanopticAnnotations"}, task)
        pack = Step({"type": "PackDetInputs"}, task)
    else:
        wanted = {"with_bbox": True, "with_mask": recipe.task == "instance"}
        annotations = Step({"type": "LoadAnnotations", **wanted}, task)
        pack = Step({"type": "PackDetInputs"}, task)
    if training:
        return [load, annotations, resize, *_augmentations(build, ("train", "always")), pack]
    return [load, resize, *_augmentations(build, ("always",)), annotations, pack]


def _augmentations(build: Build, stages: tuple[str, ...]) -> list[Step]:
    steps: list[Step] = []
    for index, reference in enumerate(build.recipe.augmentations):
        augmentation = build.catalog.get(Augmentation, reference.type, build.recipe.task)
        if augmentation.stage not in stages:
            continue
        config = {"type": augmentation.type, **augmentation.defaults, **reference.args}
        if config.get("size", ...) is None:
            config["size"] = image_size(build.recipe)
        said = {argument: build.said_at(f"augmentations.{index}.{argument}") for argument in reference.args}
        steps.append(Step(config, build.origin(augmentation), said))
    return steps

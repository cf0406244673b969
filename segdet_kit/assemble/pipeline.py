"""The steps that one sample goes through: loading, resizing, augmentations in the recipe's order, packing."""

from __future__ import annotations

from typing import Any

from segdet_kit.assemble.build import Build
from segdet_kit.components import Augmentation, toolbox
from segdet_kit.recipe import Recipe

DEFAULT_IMAGE_SIZE = (512, 512)

Step = tuple[dict[str, Any], str]
"""A transform's config and its origin."""


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
    load: Step = ({"type": "LoadImageFromFile"}, "wired: first of all")
    resize: Step = ({"type": "Resize", "scale": (width, height), "keep_ratio": True}, said)
    if toolbox(recipe.task) == "mmseg":
        annotations: Step = ({"type": "LoadAnnotations"}, f"task {recipe.task!r}")
        pack: Step = ({"type": "PackSegInputs"}, f"task {recipe.task!r}")
    else:
        wanted = {"with_bbox": True, "with_mask": recipe.task == "instance"}
        annotations = ({"type": "LoadAnnotations", **wanted}, f"task {recipe.task!r}")
        pack = ({"type": "PackDetInputs"}, f"task {recipe.task!r}")
    if training:
        return [load, annotations, resize, *_augmentations(build, ("train", "always")), pack]
    return [load, resize, *_augmentations(build, ("always",)), annotations, pack]


def _augmentations(build: Build, stages: tuple[str, ...]) -> list[Step]:
    steps: list[Step] = []
    for reference in build.recipe.augmentations:
        augmentation = build.catalog.get(Augmentation, reference.type, build.recipe.task)
        if augmentation.stage not in stages:
            continue
        config = {"type": augmentation.type, **augmentation.defaults, **reference.args}
        if config.get("size", ...) is None:
            config["size"] = image_size(build.recipe)
        steps.append((config, build.origin(augmentation)))
    return steps

"""A model: a native config's, with its head, backbone, losses and classes exchanged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from segdet_kit.assemble.blocks import insert_blocks
from segdet_kit.assemble.build import Build
from segdet_kit.assemble.channels import level_count, unread_levels, wire_channels
from segdet_kit.assemble.classes import set_classes
from segdet_kit.assemble.layers import walk
from segdet_kit.assemble.native import native_path, run_native
from segdet_kit.components import Backbone, Head, Loss, Task, toolbox
from segdet_kit.errors import RecipeError
from segdet_kit.recipe import ComponentRef
from segdet_kit.suggest import nearest


def assemble_model(build: Build) -> None:
    """Set ``model`` and ``default_scope``. Raises ``RecipeError`` or ``PluginError``."""
    recipe, layers = build.recipe, build.layers
    head = build.catalog.get(Head, recipe.head.type, recipe.task) if recipe.head else None
    base = recipe.base or (head.base if head else "")
    layers.set("default_scope", toolbox(recipe.task), f"task {recipe.task!r}")
    layers.set("model", _native_model(base, recipe.task), base)
    if head is not None and recipe.head is not None:
        build.put(f"model.{head.slot}".rstrip("."), head, recipe.head, "head", merge=True)
    if head is not None and not head.strides:
        _keep_backbone(build, head)
    elif recipe.backbone is not None:
        _exchange_backbone(build, head)
    elif recipe.neck is not None:
        raise RecipeError(
            "a neck is given without a backbone", "name the backbone too, to wire the neck to it"
        )
    _exchange_losses(build, head)
    insert_blocks(build)
    set_classes(layers, len(build.classes), len(build.stuff), base)


def levels_of(backbone: Backbone, arguments: Mapping[str, Any]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return ``(out_channels, strides)`` of all levels, for the arguments that a recipe gives."""
    if backbone.levels is None:
        return backbone.out_channels, backbone.strides
    module, _, function = backbone.levels.partition(":")
    out_channels, strides = getattr(import_module(module), function)(**{**backbone.defaults, **arguments})
    return tuple(out_channels), tuple(strides)


def _native_model(base: str, task: Task) -> dict[str, Any]:
    path = native_path(base)
    scope = base.partition("::")[0]
    if scope != toolbox(task):
        raise RecipeError(
            f"base {base!r} belongs to {scope}, but task {task!r} to {toolbox(task)}",
            "choose a base of the task's toolbox",
        )
    model = run_native(path).get("model")
    if not isinstance(model, dict):
        raise RecipeError(f"base {base!r} has no model", "name a config that has one")
    for _, node in walk(model):
        # SyncBN needs a process group; where there is one, mmengine's sync_bn turns BN into it.
        if node.get("type") == "SyncBN":
            node["type"] = "BN"
    return model


def _keep_backbone(build: Build, head: Head) -> None:
    """A whole network begins with random weights, as a backbone without ``pretrained`` does."""
    for part in ("backbone", "neck"):
        if getattr(build.recipe, part) is not None:
            raise RecipeError(
                f"{build.said_at(part)}: head {head.name!r} is a whole network and takes no {part}",
                f"leave out {part}, or choose a head that reads one",
            )
    build.layers.drop("model.pretrained")
    build.layers.drop("model.backbone.init_cfg")


def _exchange_backbone(build: Build, head: Head | None) -> None:
    recipe, layers = build.recipe, build.layers
    assert recipe.backbone is not None
    backbone = build.catalog.get(Backbone, recipe.backbone.type, recipe.task)
    out_channels, strides = levels_of(backbone, recipe.backbone.args)
    wanted = head.strides if head else strides[-level_count(layers) :]
    if recipe.neck is not None:
        wanted = wanted[unread_levels(layers) :]
    missing = [stride for stride in wanted if stride not in strides]
    if missing:
        assert head is not None
        raise RecipeError(
            f"head {head.name!r} reads strides {_join(wanted)}; {backbone.name!r} lacks {_join(missing)}",
            f"the backbone has strides {_join(strides)}; choose another backbone or head",
        )
    indices = tuple(strides.index(stride) for stride in wanted)
    build.put("model.backbone", backbone, recipe.backbone, "backbone")
    layers.set("model.backbone.out_indices", indices, f"wired: levels of stride {_join(wanted)}")
    if head is not None and head.output_stride is not None:
        for argument, value in backbone.dilated.get(head.output_stride, {}).items():
            if argument not in recipe.backbone.args:
                origin = f"wired: output stride {head.output_stride} of head {head.name}"
                layers.set(f"model.backbone.{argument}", value, origin)
    # Weights of the old backbone, which a segmentor may name outside of it.
    layers.drop("model.pretrained")
    origin = build.origin(backbone)
    layers.set("model.data_preprocessor.mean", list(backbone.mean), origin)
    layers.set("model.data_preprocessor.std", list(backbone.std), origin)
    layers.set("model.data_preprocessor.bgr_to_rgb", True, origin)
    wire_channels(build, [out_channels[index] for index in indices], f"wired: channels of {backbone.name}")


def _exchange_losses(build: Build, head: Head | None) -> None:
    recipe, layers = build.recipe, build.layers
    slots = dict(head.losses) if head else {}
    for slot, references in recipe.losses.items():
        places = slots.get(slot, slot)
        for place in (places,) if isinstance(places, str) else places:
            if layers.get(f"model.{place}.type") is None:
                raise _no_such_loss(build, slot, slots)
            if isinstance(references, tuple):
                _add_up(build, slot, place, references)
                continue
            loss = build.catalog.get(Loss, references.type, recipe.task)
            build.put(f"model.{place}", loss, references, f"losses.{slot}")
            if head is not None and slot in head.decoded:
                owner = place.rpartition(".")[0]
                layers.set(f"model.{owner}.reg_decoded_bbox", True, f"wired: loss {loss.name} compares boxes")


def _add_up(build: Build, slot: str, place: str, references: tuple[ComponentRef, ...]) -> None:
    """Only the decoders of mmseg add up a list of losses."""
    if not place.endswith(".loss_decode"):
        raise RecipeError(
            f"{build.said_at(f'losses.{slot}')}: {slot!r} takes one loss, {len(references)} are given",
            "semantic heads add up losses in their slots 'pixel' and 'auxiliary'",
        )
    build.layers.set(f"model.{place}", [{} for _ in references], build.said_at(f"losses.{slot}"))
    for index, reference in enumerate(references):
        loss = build.catalog.get(Loss, reference.type, build.recipe.task)
        build.put(f"model.{place}.{index}", loss, reference, f"losses.{slot}.{index}")


def _no_such_loss(build: Build, slot: str, slots: Iterable[str]) -> RecipeError:
    places = [path for path, node in walk(build.layers.get("model")) if "type" in node]
    known = [*slots, *sorted(path for path in places if path.rpartition(".")[2].startswith("loss"))]
    guess = nearest(slot, known)
    return RecipeError(
        f"{build.said_at(f'losses.{slot}')}: the model has no loss {slot!r}",
        (f"did you mean {guess!r}? " if guess else "") + f"its losses: {', '.join(known)}",
    )


def _join(values: tuple[int, ...] | list[int]) -> str:
    return ", ".join(str(value) for value in values)

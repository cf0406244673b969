"""Telling a native model's neck or heads the channels of another backbone."""

from __future__ import annotations

from segdet_kit.assemble.build import Build
from segdet_kit.assemble.layers import Layers
from segdet_kit.components import Neck

SEGMENTATION_HEADS = ("decode_head", "auxiliary_head")
DETECTION_HEADS = ("bbox_head", "mask_head", "panoptic_head", "query_head", "rpn_head")


def level_count(layers: Layers) -> int:
    """Return how many levels the native model reads: as many as its own backbone returns."""
    indices = layers.get("model.backbone.out_indices")
    if indices is not None:
        return len(indices)
    neck = _first_neck(layers)
    channels = layers.get(f"{neck}.in_channels") if neck else None
    return len(channels) if isinstance(channels, (list, tuple)) else 4


def unread_levels(layers: Layers) -> int:
    """Return how many of the finest levels the native neck takes and leaves alone, as RetinaNet's does."""
    return int(layers.get(f"{_first_neck(layers)}.start_level", 0))


def wire_channels(build: Build, channels: list[int], origin: str) -> None:
    """Set the ``in_channels`` of what reads the backbone, after exchanging the neck if one is named."""
    layers, recipe = build.layers, build.recipe
    native_neck = _first_neck(layers)
    if recipe.neck is not None:
        neck = build.catalog.get(Neck, recipe.neck.type, recipe.task)
        outputs = {
            "out_channels": layers.get(f"{native_neck}.out_channels", 256),
            "num_outs": layers.get(f"{native_neck}.num_outs", len(channels)),
        }
        build.put("model.neck", neck, recipe.neck, "neck")
        layers.set("model.neck.in_channels", channels, origin)
        for argument, value in outputs.items():
            if argument not in recipe.neck.args:
                layers.set(f"model.neck.{argument}", value, "wired: as in the base")
        neck_channels = layers.get("model.neck.out_channels")
        neck_outs = layers.get("model.neck.num_outs")
        _wire_heads(layers, [neck_channels] * neck_outs, f"wired: channels of {neck.name}")
    elif native_neck is not None:
        takes_one = isinstance(layers.get(f"{native_neck}.in_channels"), int)
        layers.set(f"{native_neck}.in_channels", channels[-1] if takes_one else channels, origin)
    else:
        _wire_heads(layers, channels, origin)


def _first_neck(layers: Layers) -> str | None:
    """Return the path of the neck that reads the backbone; some models chain several."""
    neck = layers.get("model.neck")
    if isinstance(neck, list):
        return "model.neck.0"
    return "model.neck" if neck else None


def _wire_heads(layers: Layers, channels: list[int], origin: str) -> None:
    for key in SEGMENTATION_HEADS:
        heads = layers.get(f"model.{key}")
        paths = (
            [f"model.{key}"]
            if isinstance(heads, dict)
            else [f"model.{key}.{i}" for i in range(len(heads or ()))]
        )
        for path in paths:
            index = layers.get(f"{path}.in_index", -1)
            if isinstance(index, (list, tuple)):
                layers.set(f"{path}.in_channels", [channels[i] for i in index], origin)
            elif isinstance(layers.get(f"{path}.in_channels"), (list, tuple)):
                layers.set(f"{path}.in_channels", channels, origin)
            else:
                layers.set(f"{path}.in_channels", channels[index], origin)
            if layers.get(f"{path}.c1_in_channels"):  # DeepLabV3+ reads the finest level beside its own
                layers.set(f"{path}.c1_in_channels", channels[0], origin)
    for key in DETECTION_HEADS:
        old = layers.get(f"model.{key}.in_channels")
        if isinstance(old, (list, tuple)):
            layers.set(f"model.{key}.in_channels", channels, origin)
        elif isinstance(old, int) and len(set(channels)) == 1:
            layers.set(f"model.{key}.in_channels", channels[0], origin)

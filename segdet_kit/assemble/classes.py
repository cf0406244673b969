"""One list of classes sets every count of them that a model holds."""

from __future__ import annotations

from segdet_kit.assemble.layers import Layers, walk

ORIGIN = "wired: number of classes"


def set_classes(layers: Layers, count: int, stuff: int, base: str) -> None:
    """Set each ``num_classes`` of the model, and the class weights that came with ``base``.

    ``stuff``: how many of the ``count`` classes, the last ones, are no objects.
    """
    things = count - stuff
    for path, node in walk(layers.get("model"), "model"):
        old = node.get("num_classes")
        if isinstance(old, int):
            layers.set(f"{path}.num_classes", things, ORIGIN)
        if isinstance(node.get("out_channels"), int) and node["out_channels"] == old:
            layers.set(f"{path}.out_channels", things, ORIGIN)
        if isinstance(node.get("num_things_classes"), int):
            layers.set(f"{path}.num_things_classes", things, ORIGIN)
            layers.set(f"{path}.num_stuff_classes", stuff, ORIGIN)
        weights = node.get("class_weight")
        if isinstance(weights, list) and layers.origins[f"{path}.class_weight"] == base:
            _set_weights(layers, f"{path}.class_weight", weights, count)


def _set_weights(layers: Layers, path: str, weights: list[float], count: int) -> None:
    """Equal weights, with or without a last one for the background, are given anew; others dropped.

    Weights that differ were made for the classes of another data set and say nothing of these.
    """
    if len(set(weights)) == 1:
        layers.set(path, [weights[0]] * count, ORIGIN)
    elif len(set(weights[:-1])) == 1:
        layers.set(path, [weights[0]] * count + [weights[-1]], ORIGIN)
    else:
        layers.set(path, None, ORIGIN)

"""Cityscapes' labels (Cordts et al. 2016), as ``labels.py`` of cityscapesscripts 2.3 defines them (MIT)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segdet_kit.errors import ClassNameError
from segdet_kit.suggest import nearest

IGNORED = 255


@dataclass(frozen=True)
class Label:
    """``id``: its value in ``*_labelIds.png``. ``evaluated``: whether it is among the 19 of the benchmark.

    ``instances``: whether its objects are told apart.
    """

    name: str
    id: int
    category: str
    evaluated: bool = True
    instances: bool = False


LABELS = (
    Label("unlabeled", 0, "void", evaluated=False),
    Label("ego vehicle", 1, "void", evaluated=False),
    Label("rectification border", 2, "void", evaluated=False),
    Label("out of roi", 3, "void", evaluated=False),
    Label("static", 4, "void", evaluated=False),
    Label("dynamic", 5, "void", evaluated=False),
    Label("ground", 6, "void", evaluated=False),
    Label("road", 7, "flat"),
    Label("sidewalk", 8, "flat"),
    Label("parking", 9, "flat", evaluated=False),
    Label("rail track", 10, "flat", evaluated=False),
    Label("building", 11, "construction"),
    Label("wall", 12, "construction"),
    Label("fence", 13, "construction"),
    Label("guard rail", 14, "construction", evaluated=False),
    Label("bridge", 15, "construction", evaluated=False),
    Label("tunnel", 16, "construction", evaluated=False),
    Label("pole", 17, "object"),
    Label("polegroup", 18, "object", evaluated=False),
    Label("traffic light", 19, "object"),
    Label("traffic sign", 20, "object"),
    Label("vegetation", 21, "nature"),
    Label("terrain", 22, "nature"),
    Label("sky", 23, "sky"),
    Label("person", 24, "human", instances=True),
    Label("rider", 25, "human", instances=True),
    Label("car", 26, "vehicle", instances=True),
    Label("truck", 27, "vehicle", instances=True),
    Label("bus", 28, "vehicle", instances=True),
    Label("caravan", 29, "vehicle", evaluated=False, instances=True),
    Label("trailer", 30, "vehicle", evaluated=False, instances=True),
    Label("train", 31, "vehicle", instances=True),
    Label("motorcycle", 32, "vehicle", instances=True),
    Label("bicycle", 33, "vehicle", instances=True),
    Label("license plate", -1, "vehicle", evaluated=False),
)
CLASSES = tuple(label.name for label in LABELS if label.evaluated)
"""The 19 classes of the benchmark, in the order of their train ids."""
OBJECTS = tuple(label.name for label in LABELS if label.evaluated and label.instances)
"""The 8 of them whose objects are told apart."""

WITH_OBJECTS = frozenset(label.id for label in LABELS if label.instances)


def label_map(classes: Sequence[str]) -> dict[int, int]:
    """Return the index in ``classes`` for each label id, ``IGNORED`` for what belongs to none of them.

    A class is a label, or a category for those of its labels that are evaluated and no class themselves.
    Raises ``ClassNameError`` for another name.
    """
    known = {label.name: None for label in LABELS} | {label.category: None for label in LABELS}
    for name in classes:
        if name not in known:
            guess = nearest(name, known)
            raise ClassNameError(
                f"Cityscapes has no class {name!r}",
                f"did you mean {guess!r}?" if guess else f"its classes: {', '.join(CLASSES)}",
            )
    index = {name: position for position, name in enumerate(classes)}
    return {
        label.id: index.get(label.name, index.get(label.category, IGNORED) if label.evaluated else IGNORED)
        for label in LABELS
    }

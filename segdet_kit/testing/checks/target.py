"""The check that a description and its implementation fit together."""

from __future__ import annotations

import inspect
from typing import Any

from segdet_kit.components import Component
from segdet_kit.openmmlab.runtime import prepare
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.subject import Subject

KIT_GIVES = {
    "backbone": ("out_indices", "pretrained"),
    "neck": ("in_channels", "out_channels", "num_outs"),
    "block": ("channels",),
    "method": ("model", "loader"),
    "dataset": ("task", "split", "classes", "pipeline", "test_mode"),
    "reader": ("address",),
}
COMPLETE = ("backbone", "neck", "block", "loss", "method", "augmentation", "metric", "reader")
"""Kinds that can be named alone: defaults and what the kit gives are all arguments that they need."""


def takes_defaults(subject: Subject, component: Component) -> None:
    """The target is there, and takes the defaults and what the kit gives to its kind."""
    prepare()
    from segdet_kit.openmmlab.preflight import import_object
    from segdet_kit.openmmlab.quiet import quiet

    with quiet():
        target = import_object(component.type, f"{component.kind} {component.name!r}")
    _refuse_hidden(component, target)
    signature = inspect.signature(target)
    arguments = {**dict.fromkeys(KIT_GIVES.get(component.kind, ())), **component.defaults}
    try:
        if component.kind in COMPLETE:
            signature.bind(**arguments)
        else:
            signature.bind_partial(**arguments)
    except TypeError as error:
        raise CheckFailure(
            f"{component.target}{signature} does not take {', '.join(arguments) or 'no arguments'}: {error}",
            "add the argument to the target, with a default where it has one, or give it in defaults",
        ) from error


def _refuse_hidden(component: Component, target: Any) -> None:
    """Raise where mmengine, which walks a dotted name by attributes, does not arrive at the target."""
    from mmengine.utils import get_object_from_string

    try:
        reached = get_object_from_string(component.type)
    except AttributeError:
        reached = None
    if reached is not target:
        raise CheckFailure(
            f"mmengine cannot find {component.type}: a package has another attribute of that module's name",
            "name in target where the package exports it, or rename the module",
        )

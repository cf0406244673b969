"""All checks of a plugin: one list, for pytest and for the command line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from segdet_kit.components import Component
from segdet_kit.testing.cases import Cases
from segdet_kit.testing.check import Check
from segdet_kit.testing.subject import Subject, find_subject

OF_PLUGINS = {
    "loads, and its hooks are known": "plugin:loads",
    "its descriptions import nothing heavy": "plugin:imports_light",
    "no module is named registry": "plugin:no_registry",
    "the installed versions are supported": "compatibility:supported",
}
OF_COMPONENTS = {
    "name and summary are well formed": "description:well_formed",
    "defaults survive a config dump": "description:defaults_survive",
    "target imports and takes its defaults": "target:takes_defaults",
}
OF_KIND = {
    "backbone": {
        "channels and strides as declared": "backbone:levels_as_declared",
        "returns the levels asked for": "backbone:levels_asked_for",
        "keeps its stride by dilation": "backbone:dilates",
    },
    "neck": {"channels and levels as asked for": "neck:levels_asked_for"},
    "block": {"keeps the shape, and begins close to the identity": "block:keeps_maps"},
    "head": {"learns, and predicts": "head:learns_and_predicts"},
    "loss": {"finite, with a gradient": "loss:has_gradient"},
    "method": {"trains, and is resumed": "method:trains"},
    "augmentation": {
        "keeps image and labels aligned": "augmentation:aligned",
        "repeatable under a seed": "augmentation:repeatable",
    },
    "dataset": {"reads its sample": "dataset:reads_sample"},
    "metric": {
        "right on the hand case": "metric:right",
        "indifferent to batch order": "metric:any_order",
        "indifferent to sharding": "metric:any_shards",
    },
    "exporter": {
        "the artifact equals torch": "exporter:equals_torch",
        "writes a model as a whole": "whole_model:writes",
    },
    "runtime": {"finds what torch finds": "runtime:equals_torch"},
    "reader": {
        "reads its sample, frame by frame": "reader:reads_sample",
        "says so where a file is cut": "reader:tells_of_cuts",
        "writes results back": "reader:writes_back",
        "tracks objects": "reader:tracks",
    },
    "transport": {
        "carries a file there and back": "transport:carries",
        "goes on where it was cut": "transport:goes_on",
        "shows no part of a file": "transport:shows_no_part",
        "overwrites nothing": "transport:overwrites_nothing",
        "refuses what does not fit its hash": "transport:refuses_damage",
        "tells no path": "transport:tells_no_path",
    },
}
APPLIES: dict[str, Callable[[Any], bool]] = {
    "backbone:dilates": lambda backbone: bool(backbone.dilated),
    "reader:writes_back": lambda reader: bool(reader.writer),
    "reader:tracks": lambda reader: bool(reader.tracker),
    "exporter:equals_torch": lambda exporter: exporter.takes == "graph",
    "whole_model:writes": lambda exporter: exporter.takes == "source",
}
"""What a component must be like for a check that is not for all of its kind."""


def conformance(plugin: str, *, cases: Cases | None = None) -> Callable[[Check], None]:
    """Return the conformance test of an installed plugin, to be assigned in a test module.

    ``test_conformance = conformance("my-plugin")`` is one parametrised pytest test, a check a line.
    ``plugin``: the name of its entry point. ``cases``: by component, what the author alone knows. Raises
    ``PluginError`` if it is not installed.
    """
    import pytest

    checks = checks_of(find_subject(plugin, cases))

    @pytest.mark.parametrize("check", checks, ids=[check.id for check in checks])
    def test_conformance(check: Check) -> None:
        check.run()

    return test_conformance


def checks_of(subject: Subject) -> list[Check]:
    """Return the checks of a plugin; those of its components if it loads."""
    checks = [_check(f"plugin: {title}", place, subject) for title, place in OF_PLUGINS.items()]
    for component in subject.components:
        name = f"{component.kind}/{component.name}"
        for title, place in {**OF_COMPONENTS, **_of_kind(component)}.items():
            checks.append(_check(f"{name}: {title}", place, subject, component))
    return checks


def _of_kind(component: Component) -> dict[str, str]:
    return {
        title: place
        for title, place in OF_KIND.get(component.kind, {}).items()
        if place not in APPLIES or APPLIES[place](component)
    }


def _check(name: str, place: str, *arguments: Any) -> Check:
    return Check(name, partial(_run, place, *arguments))


def _run(place: str, *arguments: Any) -> None:
    # Late, because the checks of components import torch, and a list of checks needs none.
    module, _, function = place.partition(":")
    getattr(import_module(f"segdet_kit.testing.checks.{module}"), function)(*arguments)

"""The hooks that a plugin may implement: one for each kind of component.

A plugin is a module named by an entry point in the group ``segdet_kit``::

    [project.entry-points.segdet_kit]
    my-plugin = "my_package.plugin"

It implements the hooks it needs with the marker ``segdet_kit.hookimpl``, and imports nothing heavy:
descriptions name their implementations by strings. Hooks take no arguments, are called once for
each process, and return the components on offer.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from segdet_kit.components import (
    Augmentation,
    Backbone,
    Block,
    Dataset,
    Exporter,
    Head,
    Loss,
    Method,
    Metric,
    Neck,
    Reader,
    Runtime,
    Transport,
)

GROUP = "segdet_kit"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def register_backbones() -> Iterable[Backbone]:  # type: ignore[empty-body]
    """Offer feature extractors, wired to necks and heads by their channels and strides."""


@hookspec
def register_necks() -> Iterable[Neck]:  # type: ignore[empty-body]
    """Offer modules between backbone and head."""


@hookspec
def register_blocks() -> Iterable[Block]:  # type: ignore[empty-body]
    """Offer blocks that a recipe can put into any backbone or neck."""


@hookspec
def register_heads() -> Iterable[Head]:  # type: ignore[empty-body]
    """Offer heads, each with the native OpenMMLab config it grows from."""


@hookspec
def register_losses() -> Iterable[Loss]:  # type: ignore[empty-body]
    """Offer losses that a recipe can put into a head."""


@hookspec
def register_methods() -> Iterable[Method]:  # type: ignore[empty-body]
    """Offer ways to train, each in place of a model's own train step."""


@hookspec
def register_augmentations() -> Iterable[Augmentation]:  # type: ignore[empty-body]
    """Offer transforms of samples: augmentations and preprocessing."""


@hookspec
def register_datasets() -> Iterable[Dataset]:  # type: ignore[empty-body]
    """Offer readers of data layouts."""


@hookspec
def register_metrics() -> Iterable[Metric]:  # type: ignore[empty-body]
    """Offer metrics for testing and for choosing the best checkpoint."""


@hookspec
def register_exporters() -> Iterable[Exporter]:  # type: ignore[empty-body]
    """Offer writers of trained models for other runtimes."""


@hookspec
def register_runtimes() -> Iterable[Runtime]:  # type: ignore[empty-body]
    """Offer what runs checkpoints, or the files that exporters write."""


@hookspec
def register_transports() -> Iterable[Transport]:  # type: ignore[empty-body]
    """Offer carriers of files, by URL scheme."""


@hookspec
def register_readers() -> Iterable[Reader]:  # type: ignore[empty-body]
    """Offer readers of videos, volumes and cameras, frame by frame, for prediction."""


HOOKS: dict[str, str] = {
    "register_backbones": "backbone",
    "register_necks": "neck",
    "register_blocks": "block",
    "register_heads": "head",
    "register_losses": "loss",
    "register_methods": "method",
    "register_augmentations": "augmentation",
    "register_datasets": "dataset",
    "register_metrics": "metric",
    "register_exporters": "exporter",
    "register_runtimes": "runtime",
    "register_transports": "transport",
    "register_readers": "reader",
}

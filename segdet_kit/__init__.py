"""segdet-kit: image segmentation and object detection from plugins, on OpenMMLab.

For plugin authors: the component descriptions and the marker ``hookimpl``.
"""

from segdet_kit.components import (
    Augmentation,
    Backbone,
    Block,
    Component,
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
from segdet_kit.errors import KitError
from segdet_kit.hookspecs import hookimpl

__version__ = "0.1.0"
API_VERSION = "0.1"
"""What plugins rely on: hooks, descriptions and what targets are given. The kit's version begins with it."""

__all__ = [
    "API_VERSION",
    "Augmentation",
    "Backbone",
    "Block",
    "Component",
    "Dataset",
    "Exporter",
    "Head",
    "KitError",
    "Loss",
    "Method",
    "Metric",
    "Neck",
    "Reader",
    "Runtime",
    "Transport",
    "hookimpl",
]

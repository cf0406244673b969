"""Loads a plugin where nothing heavy can be imported, and prints as JSON what it asked for nevertheless.

It is run as ``python -m segdet_kit.testing.probe NAME MODULE``.
"""

from __future__ import annotations

import json
import sys
import traceback
from importlib import import_module
from importlib.metadata import EntryPoint

from segdet_kit.components import Backbone
from segdet_kit.hookspecs import GROUP, HOOKS

HEAVY = ("torch", "torchvision", "numpy", "cv2", "mmengine", "mmcv", "mmdet", "mmseg")


class Block:
    """A finder that refuses heavy packages. ``asked``: each with the place that imports it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Raise ``ModuleNotFoundError`` for a heavy package."""
        if name.partition(".")[0] in HEAVY:
            frames = [frame for frame in traceback.extract_stack()[:-1] if "importlib" not in frame.filename]
            self.asked.append(f"{name} at {frames[-1].filename}:{frames[-1].lineno}")
            raise ModuleNotFoundError(f"{name} is blocked", name=name)


def main(name: str, module: str) -> None:
    """Import the plugin's module, call its hooks, and import what backbones compute their levels with."""
    block = Block()
    sys.meta_path.insert(0, block)
    try:
        plugin = EntryPoint(name, module, GROUP).load()
        for hook in HOOKS:
            for component in getattr(plugin, hook, tuple)():
                if isinstance(component, Backbone) and component.levels:
                    import_module(component.levels.partition(":")[0])
    finally:
        sys.stdout.write(json.dumps(block.asked))


if __name__ == "__main__":
    main(*sys.argv[1:])

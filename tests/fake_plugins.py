"""Plugins made up by a test, as entry points that need no installed package."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest


class PluginMaker:
    """Writes modules to a folder on ``sys.path`` and returns entry points that load them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        monkeypatch.syspath_prepend(str(folder))

    def __call__(self, name: str, source: str) -> EntryPoint:
        module = f"fake_{name.replace('-', '_')}"
        (self.folder / f"{module}.py").write_text(HEADER + source)
        self.monkeypatch.delitem(sys.modules, module, raising=False)
        return EntryPoint(name, module, "segdet_kit")


HEADER = """\
from segdet_kit import *
from segdet_kit import hookimpl

def backbone(name, **more):
    described = dict(target='fake.net:Net', summary='a net', out_channels=(8, 16), strides=(4, 8))
    return Backbone(name=name, **described, **more)

"""


@pytest.fixture
def make_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginMaker:
    return PluginMaker(tmp_path, monkeypatch)

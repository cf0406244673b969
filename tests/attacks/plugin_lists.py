"""Plugins that a lock does not allow, and locks that were tampered with."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

from tests.attacks.trap import Trap
from tests.fake_site import FakeSite

NAME = "segdet-moon"
PIN = {"version": "1.0", "record_sha256": "0" * 64}


def plugin_lists(trap: Trap, folder: Path) -> Iterator[tuple[str, Path, dict[str, str]]]:
    """Install a plugin that leaves the mark in a site of its own for each: the site, and the environment."""
    for number, (name, lock, change) in enumerate(_cases()):
        site = FakeSite(folder / str(number) / "site")
        module = f"moon{number}"
        source = (trap.folder / "evil.py").read_text()
        entry = f"moon = {module}.plugin"
        record = site.install(
            NAME, "1.0", {f"{module}/__init__.py": "", f"{module}/plugin.py": source}, plugin=entry
        )
        change(record)
        path = folder / str(number) / "plugins.lock"
        if lock is not None:
            path.write_text(lock)
        if name.startswith("others may write"):
            path.chmod(0o666)
        yield name, site.folder, {"SEGDET_PLUGIN_LOCK": str(path), "SEGDET_REQUIRE_LOCK": "1"}


def _cases() -> Iterator[tuple[str, str | None, Callable[[Path], object]]]:
    def unchanged(_: Path) -> None:
        """Leave the RECORD as it is."""

    def lock(allowed: object, denied: object = (), **more: object) -> str:
        return json.dumps({"format": 1, "allowed": allowed, "denied": list(denied), **more})  # type: ignore[call-overload]

    yield "no lock", None, unchanged
    yield "an empty lock", lock({}), unchanged
    yield "another RECORD", lock({NAME: PIN}), unchanged
    yield "another distribution", lock({"segdet-sun": PIN}), unchanged
    for spelt in (NAME, "Segdet_Moon", "segdet.moon", "SEGDET--MOON"):
        yield f"denied as {spelt}", lock({NAME: PIN}, [spelt]), unchanged
    yield "no hash", lock({NAME: {"version": "1.0"}}), unchanged
    yield "a hash of nothing", lock({NAME: {**PIN, "record_sha256": ""}}), lambda record: record.unlink()
    yield "no RECORD", lock({NAME: PIN}), lambda record: record.unlink()
    yield "an empty RECORD", lock({NAME: PIN}), lambda record: record.write_text("")
    yield "hash is true", lock({NAME: {**PIN, "record_sha256": True}}), unchanged
    yield "allowed is a list", lock([NAME]), unchanged
    yield "allowed is all", lock("*"), unchanged
    yield "a pattern", lock({"*": PIN}), unchanged
    yield "another format", lock({NAME: PIN}).replace('"format": 1', '"format": 2'), unchanged
    yield "another key", lock({NAME: PIN}, (), trusted=[NAME]), unchanged
    yield "not JSON", "allowed: [segdet-moon]", unchanged
    yield "others may write", lock({}), unchanged


def attempt(site: Path, environment: dict[str, str]) -> None:
    """Discover plugins with a site before all others."""
    import sys

    from segdet_kit.plugins import discover

    with patch.dict(os.environ, environment), patch.object(sys, "path", [str(site), *sys.path]):
        discover()

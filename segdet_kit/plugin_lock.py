"""The plugin lock: which distributions may have their plugins imported. A policy, and no sandbox."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import Distribution, EntryPoint, entry_points
from pathlib import Path
from typing import Any

from segdet_kit.distributions import normal, record_sha256, records_module
from segdet_kit.errors import KitError, PluginError
from segdet_kit.files import written_whole
from segdet_kit.hookspecs import GROUP

REQUIRE_VARIABLE = "SEGDET_REQUIRE_LOCK"
PATH_VARIABLE = "SEGDET_PLUGIN_LOCK"
OWN_PLUGIN = "segdet_kit.builtin.plugin"
"""The kit's own plugin is part of what asks the lock: no lock keeps it out."""
FORMAT = 1


@dataclass(frozen=True)
class Pin:
    """A distribution as it was when it was allowed: its version, and the hash of its RECORD."""

    version: str
    record_sha256: str


@dataclass(frozen=True)
class Lock:
    """What is allowed, by the distribution's normal name, and what is denied whatever its version."""

    allowed: Mapping[str, Pin]
    denied: frozenset[str]


EMPTY = Lock({}, frozenset())


def lock_path() -> Path:
    """Return ``$SEGDET_PLUGIN_LOCK``, or the file in the user's folder of settings."""
    if named := os.environ.get(PATH_VARIABLE):
        return Path(named)
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "segdet-kit" / "plugins.lock"


def read_lock() -> Lock | None:
    """Return the lock, or None where there is none.

    Raises ``KitError`` if it is damaged, cannot be read, or can be written by others than its owner.
    """
    path = lock_path()
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read()
        lock = _parsed(json.loads(text))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KitError(
            f"{path}: the plugin lock cannot be read: {error.strerror}", f"see {PATH_VARIABLE}"
        ) from error
    except ValueError as error:
        hint = f"restore it, or: rm {path} && segdet-kit plugins lock"
        raise KitError(f"{path}: the plugin lock is damaged: {error}", hint) from error
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise KitError(
            f"{path}: the plugin lock can be written by others than its owner",
            f"look through it, then: chmod go-w {path}",
        )
    return lock


def write_lock(lock: Lock) -> None:
    """Write the lock whole, for its owner alone to change. Raises ``KitError`` where that is impossible."""
    path = lock_path()
    data = {
        "format": FORMAT,
        "allowed": {name: asdict(pin) for name, pin in sorted(lock.allowed.items())},
        "denied": sorted(lock.denied),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as aside:
            aside.touch(mode=0o644)
            aside.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise KitError(
            f"{path}: the plugin lock cannot be written: {error.strerror}",
            f"name another file in {PATH_VARIABLE}",
        ) from error


def check_point(point: EntryPoint, distribution: str, lock: Lock | None) -> None:
    """Raise ``PluginError`` for a plugin that must not be imported. Imports nothing of it.

    ``distribution``: the name of the plugin's, which the caller has read from its metadata. What the lock
    denies is refused always; under ``SEGDET_REQUIRE_LOCK`` so is all that it does not allow, and what was
    allowed with another RECORD.
    """
    if point.value == OWN_PLUGIN:
        return
    name = normal(distribution)
    allow = f"segdet-kit plugins allow {name}"
    if lock is not None and name in lock.denied:
        raise PluginError(f"not imported: the plugin lock denies {name}; to allow it: {allow}")
    if os.environ.get(REQUIRE_VARIABLE, "") in ("", "0"):
        return
    if lock is None:
        raise PluginError(
            f"not imported: {REQUIRE_VARIABLE} is set and there is no plugin lock at {lock_path()}; "
            "to write one of all that is installed: segdet-kit plugins lock"
        )
    if point.dist is None or name not in lock.allowed:
        raise PluginError(f"not imported: {name} is not in the plugin lock; to allow it: {allow}")
    if record_sha256(point.dist) != lock.allowed[name].record_sha256:
        raise PluginError(
            f"not imported: {name} changed since it was locked; what changed: segdet-kit plugins verify; "
            f"to allow it as it is now: {allow}"
        )


def plugin_distributions() -> dict[str, Distribution]:
    """Return the installed distributions that have plugins, by normal name. Imports none of them."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return {normal(point.dist.name): point.dist for point in points if point.dist is not None}


def pin(distribution: Distribution) -> Pin:
    """Return a distribution as it is now. Raises ``KitError`` if it has no RECORD."""
    digest = record_sha256(distribution)
    if digest is None:
        raise KitError(
            f"{distribution.name} cannot be locked: it has no RECORD that can be read",
            "install it with pip, and call segdet-kit outside of its source folder",
        )
    return Pin(distribution.version, digest)


def unpinned(distribution: Distribution) -> str:
    """Say which plugin modules RECORD does not list, or return an empty string.

    A lock pins nothing of their sources. So it is with editable installs.
    """
    modules = [point.module for point in distribution.entry_points if point.group == GROUP]
    missing = [module for module in modules if not records_module(distribution, module)]
    return f"RECORD does not list {', '.join(missing)}, as in an editable install" if missing else ""


def _parsed(data: Any) -> Lock:
    match data:
        case {"format": int(form)} if form != FORMAT:
            raise ValueError(f"it has format {form}, and this version of the kit reads format {FORMAT}")
        case {"format": int(), "allowed": dict(allowed), "denied": list(denied), **more} if not more:
            if all(isinstance(name, str) for name in denied):
                pins = {normal(name): _pin(name, value) for name, value in allowed.items()}
                return Lock(pins, frozenset(map(normal, denied)))
    raise ValueError("it must have the keys format, allowed and denied, and no others")


def _pin(name: str, value: Any) -> Pin:
    match value:
        case {"version": str(version), "record_sha256": str(digest), **more} if not more:
            return Pin(version, digest)
    raise ValueError(f"{name!r} must have version and record_sha256, and nothing else")

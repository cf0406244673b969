"""``segdet-kit plugins verify``: whether what is installed is what was locked, file by file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import Distribution

from segdet_kit.distributions import file_faults, record_sha256
from segdet_kit.errors import KitError
from segdet_kit.plugin_lock import (
    OWN_PLUGIN,
    Lock,
    Pin,
    lock_path,
    plugin_distributions,
    read_lock,
    unpinned,
)


@dataclass(frozen=True)
class Difference:
    """What is not as it was locked: a distribution, or one file of it."""

    distribution: str
    file: str | None
    problem: str


def plugins_verify(as_json: bool) -> tuple[str, bool]:
    """Return the differences as text or JSON, and whether there are none.

    Raises ``KitError`` if there is no lock.
    """
    lock = read_lock()
    if lock is None:
        raise KitError(f"{lock_path()}: there is no plugin lock", "to write one: segdet-kit plugins lock")
    found = list(_differences(lock))
    if as_json:
        data = {"lock": str(lock_path()), "differences": [asdict(difference) for difference in found]}
        return json.dumps(data, indent=2), not found
    if not found:
        return f"{lock_path()}: as locked: {', '.join(lock.allowed) or 'nothing'}", True
    lines = [" ".join(filter(None, (f"  {d.distribution}:", d.file, d.problem))) for d in found]
    return "\n".join([f"{lock_path()}: not as locked:", *lines]), False


def _differences(lock: Lock) -> Iterator[Difference]:
    installed = plugin_distributions()
    for name, pin in lock.allowed.items():
        if name in installed:
            yield from _of(name, installed[name], pin)
        else:
            yield Difference(name, None, "is locked and not installed")
    for name in sorted(installed.keys() - lock.allowed.keys() - lock.denied):
        if all(point.value != OWN_PLUGIN for point in installed[name].entry_points):
            yield Difference(name, None, "is installed, and neither allowed nor denied")


def _of(name: str, distribution: Distribution, pin: Pin) -> Iterator[Difference]:
    digest = record_sha256(distribution)
    if digest is None:
        yield Difference(name, None, "has no RECORD that can be read")
        return
    if digest != pin.record_sha256:
        versions = f"version {pin.version} was locked, {distribution.version} is installed"
        yield Difference(name, None, f"has another RECORD: {versions}")
    if why := unpinned(distribution):
        yield Difference(name, None, f"has sources that are not pinned: {why}")
    for fault in file_faults(distribution):
        yield Difference(name, fault.file, fault.problem)

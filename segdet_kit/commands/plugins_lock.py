"""``segdet-kit plugins lock``, ``allow`` and ``deny``: what may be imported, written down."""

from __future__ import annotations

from importlib.metadata import Distribution

from segdet_kit.distributions import normal, record_sha256
from segdet_kit.errors import KitError
from segdet_kit.plugin_lock import (
    EMPTY,
    OWN_PLUGIN,
    Lock,
    lock_path,
    pin,
    plugin_distributions,
    read_lock,
    unpinned,
    write_lock,
)
from segdet_kit.suggest import nearest


def plugins_lock() -> str:
    """Allow every installed distribution with a plugin as it is now, and return a line for each.

    What is denied stays denied. What the lock cannot pin is only kept if it was allowed by its name.
    """
    old = read_lock() or EMPTY
    allowed = {}
    lines = [f"{lock_path()}:"]
    for name, distribution in sorted(plugin_distributions().items()):
        if name in old.denied:
            lines.append(f"  {name}: stays denied")
        elif record_sha256(distribution) is None:
            lines.append(f"  {name}: not locked: it has no RECORD; install it with pip")
        elif (why := unpinned(distribution)) and name not in old.allowed:
            lines.append(f"  {name}: not locked: {why}; to trust its folder: segdet-kit plugins allow {name}")
        else:
            allowed[name] = pin(distribution)
            lines.append(f"  {_said(name, distribution)}")
    write_lock(Lock(allowed, old.denied))
    return "\n".join(lines)


def plugins_allow(name: str) -> str:
    """Allow one installed distribution as it is now. Raises ``KitError`` if there is none of that name."""
    old = read_lock() or EMPTY
    installed = plugin_distributions()
    name = normal(name)
    if name not in installed:
        guess = nearest(name, installed)
        raise KitError(
            f"no distribution {name!r} with a plugin is installed",
            (f"did you mean {guess!r}? " if guess else "") + f"there are: {', '.join(sorted(installed))}",
        )
    write_lock(Lock({**old.allowed, name: pin(installed[name])}, old.denied - {name}))
    return f"{lock_path()}:\n  {_said(name, installed[name])}"


def plugins_deny(name: str) -> str:
    """Deny a distribution, installed or not, whatever its version. Raises ``KitError`` for the kit itself."""
    old = read_lock() or EMPTY
    installed = plugin_distributions()
    name = normal(name)
    if name in installed and any(point.value == OWN_PLUGIN for point in installed[name].entry_points):
        raise KitError(f"{name} is the kit itself", "its own plugin is always loaded")
    allowed = {other: pinned for other, pinned in old.allowed.items() if other != name}
    write_lock(Lock(allowed, old.denied | {name}))
    return f"{lock_path()}:\n  {name}: denied" + ("" if name in installed else ", and not installed")


def _said(name: str, distribution: Distribution) -> str:
    why = unpinned(distribution)
    return f"{name} {distribution.version}: allowed" + (f", its sources not pinned: {why}" if why else "")

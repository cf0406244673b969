"""Finding plugins through entry points. One plugin's failure is recorded and is never another's."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

import pluggy

from segdet_kit import hookspecs
from segdet_kit.components import KINDS, Component, Task
from segdet_kit.errors import PluginError
from segdet_kit.plugin_lock import OWN_PLUGIN, check_point, read_lock
from segdet_kit.suggest import nearest

DISABLED_VARIABLE = "SEGDET_DISABLED_PLUGINS"
STRICT_VARIABLE = "SEGDET_STRICT_PLUGINS"


@dataclass(frozen=True)
class Provider:
    """Who offers a component: the plugin's entry-point name, its distribution and version."""

    plugin: str
    distribution: str
    version: str


@dataclass(frozen=True)
class Offer:
    """One component and its provider."""

    component: Component
    provider: Provider

    @property
    def keys(self) -> set[tuple[str, str, Task]]:
        """What it answers to: its kind and name in each of its tasks. Nobody else may."""
        return {(self.component.kind, self.component.name, task) for task in self.component.tasks}


@dataclass(frozen=True)
class Failure:
    """A plugin that could not be used, and why, in one line."""

    plugin: str
    distribution: str
    error: str


@dataclass(frozen=True)
class Discovery:
    """All that the installed plugins offer, the plugins that failed, and those that are disabled."""

    offers: tuple[Offer, ...]
    failures: tuple[Failure, ...]
    disabled: tuple[str, ...] = ()


def discover(points: Iterable[EntryPoint] | None = None) -> Discovery:
    """Load every plugin of the entry-point group ``segdet_kit``, the kit's own first.

    ``SEGDET_DISABLED_PLUGINS`` (names, separated by commas) are not even imported. Nor is what
    the plugin lock keeps out: it fails. With ``SEGDET_STRICT_PLUGINS=1`` the first failure raises
    ``PluginError`` instead of being recorded. Raises ``KitError`` for a lock that cannot be trusted.
    """
    lock = read_lock()
    unwanted = {name.strip() for name in os.environ.get(DISABLED_VARIABLE, "").split(",")}
    disabled: list[str] = []
    strict = os.environ.get(STRICT_VARIABLE, "") not in ("", "0")
    offers: list[Offer] = []
    failures: list[Failure] = []
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    found = entry_points(group=hookspecs.GROUP) if points is None else points
    for point in sorted(found, key=lambda point: (point.value != OWN_PLUGIN, point.name, point.value)):
        if point.name in unwanted:
            disabled.append(point.name)
            continue
        provider = _provider(point)
        try:
            check_point(point, provider.distribution, lock)
            own = _load(point, provider, manager)
            _refuse_clashes(own, offers)
        except (Exception, SystemExit) as error:  # a plugin is foreign code and may raise anything
            failures.append(Failure(provider.plugin, provider.distribution, _one_line(error)))
            if strict:
                raise PluginError(
                    f"plugin {provider.plugin!r} of {provider.distribution} failed: {_one_line(error)}",
                    f"mend or uninstall it, name it in {DISABLED_VARIABLE}, or unset {STRICT_VARIABLE}",
                ) from error
        else:
            offers += own
    return Discovery(tuple(offers), tuple(failures), tuple(disabled))


def _provider(point: EntryPoint) -> Provider:
    if point.dist is None:
        return Provider(point.name, "unknown", "unknown")
    metadata = point.dist.metadata  # parsed anew at each access
    return Provider(point.name, metadata["Name"], metadata["Version"])


def _load(point: EntryPoint, provider: Provider, manager: pluggy.PluginManager) -> list[Offer]:
    """Return what one plugin offers, the only one that is registered meanwhile. Raises whatever it raises."""
    plugin = point.load()
    offers: list[Offer] = []
    try:
        manager.register(plugin, point.name)
        _refuse_unknown_hooks(plugin, manager)
        for hook, kind in hookspecs.HOOKS.items():
            for components in getattr(manager.hook, hook)():
                offers.extend(Offer(_checked(component, hook, kind), provider) for component in components)
    finally:
        manager.unregister(name=point.name)
    seen: set[tuple[str, str, Task]] = set()
    for offer in offers:
        if seen & offer.keys:
            raise PluginError(f"offers {offer.component.kind} {offer.component.name!r} twice")
        seen |= offer.keys
    return offers


def _refuse_unknown_hooks(plugin: ModuleType, manager: pluggy.PluginManager) -> None:
    for name in dir(plugin):
        if not name.startswith("register_") or not callable(getattr(plugin, name)):
            continue
        if name not in hookspecs.HOOKS:
            guess = nearest(name, hookspecs.HOOKS)
            known = ", ".join(hookspecs.HOOKS)
            raise PluginError(
                f"unknown hook {name!r}" + (f"; did you mean {guess!r}?" if guess else f"; hooks are {known}")
            )
        if not any(impl.plugin is plugin for impl in getattr(manager.hook, name).get_hookimpls()):
            raise PluginError(f"hook {name!r} lacks its marker: write @segdet_kit.hookimpl above it")
    manager.check_pending()
    if not manager.get_hookcallers(plugin):
        raise PluginError(f"implements no hook; hooks are {', '.join(hookspecs.HOOKS)}")


def _checked(component: object, hook: str, kind: str) -> Component:
    if not isinstance(component, KINDS[kind]):
        raise PluginError(f"{hook} returned {component!r}, which is no {KINDS[kind].__name__}")
    return component


def _refuse_clashes(own: list[Offer], others: list[Offer]) -> None:
    taken = {key: other for other in others for key in other.keys}
    for offer in own:
        for key in sorted(offer.keys & taken.keys()):
            provider = taken[key].provider
            raise PluginError(
                f"offers {offer.component.kind} {offer.component.name!r}, "
                f"which plugin {provider.plugin!r} of {provider.distribution} offers too"
            )


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, (PluginError, pluggy.PluginValidationError)):
        return text
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {text}{place}"

"""The plugin that is checked, and the registry it is checked in."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from segdet_kit.catalog import Catalog, installed
from segdet_kit.components import Component
from segdet_kit.errors import PluginError
from segdet_kit.hookspecs import GROUP
from segdet_kit.suggest import nearest
from segdet_kit.testing.cases import Cases
from segdet_kit.testing.check import CheckFailure

CASES_ATTRIBUTE = "conformance_cases"

K = TypeVar("K")


@dataclass(frozen=True)
class Subject:
    """A plugin under test. ``catalog``: what recipes can name, the plugin's own components among it."""

    point: EntryPoint
    catalog: Catalog
    cases: Cases = field(default_factory=dict)

    @property
    def components(self) -> list[Component]:
        """What the plugin offers; nothing if it failed."""
        return [offer.component for offer in self.catalog.offers if offer.provider.plugin == self.point.name]

    @property
    def failure(self) -> str | None:
        """Why the plugin could not be used, in one line."""
        failures = [failure.error for failure in self.catalog.failures if failure.plugin == self.point.name]
        return failures[0] if failures else None

    def case(self, component: Component, kind: type[K], default: K | None = None) -> K:
        """Return what the author says of a component, or ``default``. Raises ``CheckFailure`` without both.

        A plugin's module may name its cases, ``conformance_cases = "my_plugin.cases:cases"``: a function
        that returns them. The command line has no others.
        """
        cases = {**self._own_cases(), **self.cases}
        case = cases.get(f"{component.kind}/{component.name}", cases.get(component.name))
        if isinstance(case, kind):
            return case
        if default is None:
            raise CheckFailure(
                f"there is no {kind.__name__} for {component.kind} {component.name!r}",
                f'add one: conformance("{self.point.name}", cases={{"{component.name}": '
                f"{kind.__name__}(...)}}), or name a function that returns the cases in the plugin: "
                f'{CASES_ATTRIBUTE} = "my_package.cases:cases"',
            )
        return default

    def _own_cases(self) -> dict[str, Any]:
        named = getattr(self.point.load(), CASES_ATTRIBUTE, None)
        if named is None:
            return {}
        module, _, function = named.partition(":")
        return dict(getattr(import_module(module), function)())


def find_subject(name: str, cases: Cases | None = None) -> Subject:
    """Return an installed plugin by its entry point's name. Raises ``PluginError`` if there is none."""
    points = {point.name: point for point in entry_points(group=GROUP)}
    if name not in points or name in installed().disabled:
        guess = nearest(name, points)
        why = "is disabled" if name in points else "is not installed"
        raise PluginError(
            f"plugin {name!r} {why}",
            (f"did you mean {guess!r}? " if guess and guess != name else "")
            + f"installed are: {', '.join(sorted(points))}; install a folder with: pip install -e FOLDER",
        )
    return Subject(points[name], installed(), cases or {})

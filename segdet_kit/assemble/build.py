"""What one assembly works on: the recipe, the registry, and the config so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from segdet_kit.assemble.layers import Layers
from segdet_kit.catalog import Catalog
from segdet_kit.components import Component
from segdet_kit.recipe import ComponentRef, Recipe


@dataclass(frozen=True)
class Build:
    """A recipe on its way to a config. ``stuff``: the last of the classes, those without objects."""

    recipe: Recipe
    catalog: Catalog
    classes: tuple[str, ...]
    stuff: tuple[str, ...]
    layers: Layers = field(default_factory=Layers)

    def put(
        self, path: str, component: Component, reference: ComponentRef, key: str, *, merge: bool = False
    ) -> None:
        """Write a component to ``path``: its type and defaults, then the arguments that ``key`` gives.

        With ``merge`` the arguments that already stand there stay.
        """
        described = {"type": component.type, **component.defaults}
        if merge:
            self.layers.merge(path, described, self.origin(component))
        else:
            self.layers.set(path, described, self.origin(component))
        for argument, value in reference.args.items():
            self.layers.merge(f"{path}.{argument}", value, self.said_at(f"{key}.{argument}"))

    def said_at(self, key: str) -> str:
        """Return where the recipe says a key: ``file:line``, ``--set``, or that it is a default."""
        return self.recipe.origins.get(key, f"default of {key}")

    def origin(self, component: Component) -> str:
        """Return how ``show --origin`` names a component."""
        provider = self.catalog.provider(component)
        return f"{component.kind} {component.name} ({provider.distribution} {provider.version})"

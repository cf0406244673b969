"""What one assembly works on: the recipe, the registry, and the config so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from segdet_kit.assemble.layers import Layers
from segdet_kit.catalog import Catalog
from segdet_kit.components import Component
from segdet_kit.recipe import ComponentRef, Recipe


@dataclass(frozen=True)
class Build:
    """A recipe on its way to a config."""

    recipe: Recipe
    catalog: Catalog
    classes: tuple[str, ...]
    layers: Layers = field(default_factory=Layers)

    def put(
        self, path: str, component: Component, reference: ComponentRef, key: str, *, merge: bool = False
    ) -> None:
        """Write a component to ``path``: its type and defaults, then the recipe's arguments of ``key``.

        With ``merge`` the arguments that already stand there stay.
        """
        described = {"type": component.type, **component.defaults}
        if merge:
            self.layers.merge(path, described, self.origin(component))
        else:
            self.layers.set(path, described, self.origin(component))
        for argument, value in reference.args.items():
            self.layers.merge(f"{path}.{argument}", value, self.said_at(f"{key}.{argument}"))

    def described(self, component: Component, reference: ComponentRef, **wired: Any) -> dict[str, Any]:
        """Return a component's config: type, defaults, what is wired, and the recipe's arguments."""
        return {"type": component.type, **component.defaults, **wired, **reference.args}

    def said_at(self, key: str) -> str:
        """Return where the recipe says a key, or the nearest key around it: ``file:line`` or ``--set``."""
        origins = self.recipe.origins
        while key not in origins and "." in key:
            key = key.rpartition(".")[0]
        return origins.get(key, "recipe")

    def origin(self, component: Component) -> str:
        """Return how ``show --origin`` names a component."""
        provider = self.catalog.provider(component)
        return f"{component.kind} {component.name} ({provider.distribution} {provider.version})"

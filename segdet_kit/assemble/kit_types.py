"""``type='kit:NAME'`` in a config: a component's implementation and defaults."""

from __future__ import annotations

from typing import Any

from segdet_kit.catalog import Catalog

PREFIX = "kit:"


def resolve_kit_types(value: Any, catalog: Catalog) -> Any:
    """Return ``value`` with each ``type='kit:NAME'`` (or ``'kit:KIND/NAME'``) replaced.

    The component's defaults are added where the config does not say otherwise. Raises ``PluginError``.
    """
    if isinstance(value, dict):
        resolved = {key: resolve_kit_types(item, catalog) for key, item in value.items()}
        name = resolved.get("type")
        if isinstance(name, str) and name.startswith(PREFIX):
            component = catalog.find(name.removeprefix(PREFIX)).component
            return {**component.defaults, **resolved, "type": component.type}
        return resolved
    if isinstance(value, (list, tuple)):
        return type(value)(resolve_kit_types(item, catalog) for item in value)
    return value

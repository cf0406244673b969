"""Finds every type of a config before anything is built, so that the real reason of a failure shows.

mmengine says of a plugin whose import fails only that its class is not in a registry.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from segdet_kit.errors import KitError, RecipeError
from segdet_kit.suggest import nearest


def check_types(config: Mapping[str, Any]) -> None:
    """Import each dotted ``type`` of a config and look each bare one up in its scope's registries.

    Bare names in lower case are left alone: they choose among a module's own functions, as ``nms`` does.
    Raises ``RecipeError`` that names the key, the type, and the import's own error or the nearest name.
    """
    import mmcv.ops

    # RoI heads take their layer from mmcv's operators by name.
    known = registered(config.get("default_scope", "mmengine")) | set(dir(mmcv.ops))
    for path, name in _types(config, ""):
        scope, dot, rest = name.partition(".")
        if dot and (scope == "mmengine" or scope in scopes()) and "." not in rest:
            _check_bare(path, rest, registered(scope))
        elif dot:
            import_object(name, path)
        elif not name.islower():
            _check_bare(path, name, known)


def import_object(name: str, wanted_by: str) -> Any:
    """Import ``package.module.Name``. Raises ``RecipeError`` with the import's own error."""
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute)
    except AttributeError:
        hint = nearest(attribute, vars(importlib.import_module(module)))
        raise RecipeError(
            f"{wanted_by}: module {module} has no {attribute!r}", f"did you mean {hint}?" if hint else ""
        ) from None
    except KitError:
        raise
    except Exception as error:
        reason = f"importing {module} failed: {type(error).__name__}: {error}"
        raise RecipeError(f"{wanted_by}: {reason}", f"{name} comes from there") from error


def registered(scope: str) -> set[str]:
    """Return all names that a scope's registries know, mmengine's own included."""
    names: set[str] = set()
    for registry in _registries():
        names |= set(registry.module_dict)
        if scope in registry.children:
            names |= set(registry.children[scope].module_dict)
    return names


def scopes() -> set[str]:
    """Return the names of the toolboxes that are loaded."""
    return {scope for registry in _registries() for scope in registry.children}


def _registries() -> list[Any]:
    from mmengine.registry import Registry, root

    return [value for value in vars(root).values() if isinstance(value, Registry)]


def _check_bare(path: str, name: str, known: set[str]) -> None:
    if name not in known:
        hint = nearest(name, known)
        raise RecipeError(
            f"{path}: {name!r} is in no registry of OpenMMLab's",
            f"did you mean {hint}?" if hint else "name a class of your own as package.module.Class",
        )


def _types(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        if value.get("type") == "Albu":
            return  # what it holds are names of albumentations'
        for key, item in value.items():
            place = f"{path}.{key}" if path else str(key)
            if key == "type" and isinstance(item, str):
                yield place, item
            else:
                yield from _types(item, place)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _types(item, f"{path}[{index}]")

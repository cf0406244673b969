"""A config that remembers where each of its keys came from."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_MISSING = object()


class Layers:
    """Nested dicts set by dotted path, each value with its origin.

    ``config`` is the result; ``origins`` maps the path of every leaf to the text given when it was
    set. Empty dicts and lists of scalars are leaves. A number in a path is an index into a list.
    """

    def __init__(self) -> None:
        self.config: dict[str, Any] = {}
        self.origins: dict[str, str] = {}

    def get(self, path: str, default: Any = None) -> Any:
        """Return what stands at ``path``."""
        node: Any = self.config
        for key in path.split("."):
            node = _child(node, key)
            if node is _MISSING:
                return default
        return node

    def set(self, path: str, value: Any, origin: str) -> None:
        """Put a copy of ``value`` at ``path``, instead of whatever stands there."""
        self._forget(path)
        *parents, last = path.split(".")
        node: Any = self.config
        for key in parents:
            child = _child(node, key)
            if child is _MISSING or child is None:
                child = node[key] = {}
            node = child
        value = _plain(value)
        node[int(last) if isinstance(node, list) else last] = value
        for leaf in leaves(value, path):
            self.origins[leaf] = origin

    def merge(self, path: str, value: Any, origin: str) -> None:
        """Set every leaf of ``value`` below ``path``; a dict with ``_delete_=True`` replaces."""
        if isinstance(value, Mapping) and value.get("_delete_"):
            self.set(path, {key: item for key, item in value.items() if key != "_delete_"}, origin)
        elif isinstance(value, Mapping) and value and isinstance(self.get(path), dict):
            for key, item in value.items():
                self.merge(f"{path}.{key}", item, origin)
        else:
            self.set(path, value, origin)

    def wrap(self, path: str, key: str) -> None:
        """Put what stands at ``path`` below ``key`` of a new dict there. Its origins go with it."""
        below = {place: origin for place, origin in self.origins.items() if place.startswith(f"{path}.")}
        self.set(path, {key: self.get(path)}, "")
        for place, origin in below.items():
            self.origins[f"{path}.{key}{place.removeprefix(path)}"] = origin

    def drop(self, path: str) -> None:
        """Remove what stands at ``path``, if anything does."""
        parent, _, last = path.rpartition(".")
        node = self.get(parent) if parent else self.config
        if isinstance(node, dict) and last in node:
            del node[last]
            self._forget(path)

    def _forget(self, path: str) -> None:
        below = path + "."
        for key in [key for key in self.origins if key == path or key.startswith(below)]:
            del self.origins[key]


def leaves(value: Any, path: str) -> Iterator[str]:
    """Yield the dotted paths of all leaves of ``value``, which stands at ``path``."""
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, (list, tuple)) and any(isinstance(item, dict) for item in value):
        items = enumerate(value)
    found = False
    for key, item in items:
        found = True
        yield from leaves(item, f"{path}.{key}" if path else str(key))
    if not found:
        yield path


def walk(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every dict in ``value``, inside lists too, with its dotted path."""
    if isinstance(value, dict):
        yield path, value
        for key, item in list(value.items()):
            yield from walk(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from walk(item, f"{path}.{index}" if path else str(index))


def _child(node: Any, key: str) -> Any:
    if isinstance(node, dict):
        return node.get(key, _MISSING)
    if isinstance(node, (list, tuple)) and key.isdigit() and int(key) < len(node):
        return node[int(key)]
    return _MISSING


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item) for item in value)
    return copy.deepcopy(value)

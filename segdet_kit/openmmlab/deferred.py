"""Packages that are imported when they are used, though the toolboxes import them at once.

mmdet, mmseg and torchvision bring plots, Gaussian processes, other augmenters and torch's compiler, for parts
that few models have: nearly half of the time until the toolboxes are there. Most of it is imported by ``from
MODULE import NAME``, which makes ``importlib.util.LazyLoader`` load at once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

DEFERRED = (
    *("ftfy", "imagecorruptions", "imgaug", "matplotlib.pyplot", "scipy", "sklearn", "timm"),
    "torch._dynamo",
)
"""With what is in them. None of their classes is a base class, or caught, where the toolboxes import them."""


class StandIn(ModuleType):
    """A module that is imported at the first use of an attribute."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python's own questions, which the real module need not answer
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        # While the toolboxes are imported they take names from the module, which is no use of them yet.
        if sys.modules.get(self.__name__) is self:
            return Later(self.__name__, name)
        return _attribute(self.__name__, name)


class Later:
    """What ``from MODULE import NAME`` found in a stand-in."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the real one."""
        return _attribute(self._module, self._name)(*args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(_attribute(self._module, self._name), name)


class _Finder(MetaPathFinder, Loader):
    """Finds stand-ins for what is installed, and leaves to others what is not."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in DEFERRED and PathFinder.find_spec(fullname, path) is None:
            return None
        return ModuleSpec(fullname, self, is_package=True) if _root(fullname) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module empty."""


@contextmanager
def deferred() -> Iterator[None]:
    """Within it, importing what is ``DEFERRED`` and was not imported before gives stand-ins.

    They stay with who imported them. Whoever imports the same afterwards gets the real ones.
    """
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for root in DEFERRED:
            _forget(root)


def _root(name: str) -> str | None:
    return next((root for root in DEFERRED if name == root or name.startswith(f"{root}.")), None)


def _forget(root: str) -> None:
    """Take the stand-ins of a package out of where Python looks for modules."""
    for name, module in list(sys.modules.items()):
        if isinstance(module, StandIn) and _root(name) == root:
            del sys.modules[name]
    package, _, name = root.rpartition(".")
    if package in sys.modules and isinstance(vars(sys.modules[package]).get(name), StandIn):
        delattr(sys.modules[package], name)


def _attribute(module: str, name: str) -> Any:
    """Import the real module, also while others are still given stand-ins, and return what it has."""
    finders = [finder for finder in sys.meta_path if isinstance(finder, _Finder)]
    for finder in finders:
        sys.meta_path.remove(finder)
    try:
        _forget(str(_root(module)))
        return getattr(import_module(module), name)
    finally:
        sys.meta_path[:0] = finders

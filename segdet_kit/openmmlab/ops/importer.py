"""An importer that hands out ``mmcv._ext`` where mmcv was installed without compiled operators."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Literal

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.ops.table import OPERATORS

EXTENSION = "mmcv._ext"
COMPILE_COMMAND = (
    "pip install -U setuptools wheel ninja"
    " && pip download --no-deps --no-build-isolation --no-binary :all: onedl-mmcv"
    # mmcv asks for C++17, and torch's headers need C++20 by now.
    " && tar xf onedl_mmcv-*.tar.gz && sed -i s/c++17/c++20/ onedl_mmcv-*/setup.py"
    # pip's cache holds the wheel without operators that it built in isolation.
    " && pip install --no-build-isolation --no-deps --no-cache-dir --force-reinstall ./onedl_mmcv-*/"
)

Provider = Literal["compiled", "segdet-kit", "missing"]


class OperatorLoader(Loader):
    """Fills ``mmcv._ext`` with operators, each imported when first asked for."""

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python to make an ordinary module."""

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its operators as lazy attributes."""

        def operator(name: str) -> Callable[..., Any]:
            if name.startswith("_"):  # Python's own questions, such as __path__, are not about operators
                raise AttributeError(f"module {EXTENSION!r} has no attribute {name!r}")
            loaded = load_operator(name)
            setattr(module, name, loaded)
            return loaded

        module.__getattr__ = operator  # type: ignore[method-assign]


class OperatorFinder(MetaPathFinder):
    """Answers for ``mmcv._ext`` alone, and stands last in ``sys.meta_path``: a compiled one comes first."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of ``mmcv._ext``; None for any other module."""
        if fullname != EXTENSION:
            return None
        return ModuleSpec(fullname, OperatorLoader(), origin=__package__)


def provider() -> Provider:
    """Who provides mmcv's operators in this process, found without importing torch or mmcv.

    ``compiled``: mmcv's own extension, which is always preferred. ``segdet-kit``: `install` has run.
    ``missing``: nobody, so that importing ``mmcv.ops`` fails.
    """
    loaded = sys.modules.get(EXTENSION)
    spec = loaded.__spec__ if loaded else _compiled()
    if spec is not None and not isinstance(spec.loader, OperatorLoader):
        return "compiled"
    return "segdet-kit" if any(isinstance(finder, OperatorFinder) for finder in sys.meta_path) else "missing"


def install() -> Provider:
    """Let mmcv find the kit's operators where it has no compiled ones, and tell who provides them now.

    To be called before mmcv, mmdet or mmseg is imported. Calling it again changes nothing, and so does
    calling it where mmcv has compiled operators. It imports neither torch nor mmcv.

    Raises KitError if mmcv was imported without operators before: mmdet and mmseg catch that failure at
    import and put stubs in the place of RoIAlign, NMS and others, which a later install could not undo.
    """
    if provider() == "missing":
        if sys.modules.get("mmcv"):
            raise KitError(
                "mmcv was imported before segdet-kit could provide its operators",
                "call segdet_kit.openmmlab.ops.install() before the first import of mmcv, mmdet or mmseg",
            )
        sys.meta_path.append(OperatorFinder())
    return provider()


def _compiled() -> ModuleSpec | None:
    """The spec of mmcv's own extension, looked up as Python would, but without importing mmcv."""
    mmcv = find_spec("mmcv")
    return PathFinder.find_spec(EXTENSION, mmcv.submodule_search_locations) if mmcv else None


def load_operator(name: str) -> Callable[..., Any]:
    """The function that ``mmcv._ext`` has under ``name``.

    mmcv asks for all of its operators when it is imported, whichever a model uses. So a name that the kit
    does not provide gets a function too, and that function raises KitError when it is called.
    """
    if name in OPERATORS:
        return OPERATORS[name].load()

    def unprovided(*_args: Any, **_kwargs: Any) -> Any:
        raise KitError(
            f"{_caller()} needs mmcv's operator {name!r}, which mmcv has only compiled and segdet-kit lacks",
            f"compile mmcv's operators (C++ compiler, for a GPU also the CUDA toolkit): {COMPILE_COMMAND}",
        )

    return unprovided


def _caller() -> str:
    """Module and line of the nearest caller outside the kit."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("segdet_kit."):
        frame = frame.f_back
    return f"{frame.f_globals.get('__name__', '?')}:{frame.f_lineno}"

"""Native OpenMMLab configs: finding them by name, and reading them without torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

from segdet_kit.errors import RecipeError
from segdet_kit.suggest import nearest

SCOPES = ("mmdet", "mmseg")


def native_path(name: str) -> Path:
    """Return the file that ``mmdet::folder/config.py`` or ``mmseg::...`` names. Raises ``RecipeError``."""
    scope, separator, relative = name.partition("::")
    if not separator or scope not in SCOPES:
        raise RecipeError(
            f"{name!r} names no native config",
            "write 'mmdet::FOLDER/FILE.py' or 'mmseg::FOLDER/FILE.py'",
        )
    root = configs_of(scope)
    path = (root / relative).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        known = [str(file.relative_to(root)) for file in root.glob("*/*.py")]
        guess = nearest(relative, known)
        folder = root / Path(relative).parent
        beside = sorted(file.name for file in folder.glob("*.py")) if folder.is_dir() else []
        hint = f"did you mean {scope + '::' + guess!r}?" if guess else f"{scope}'s configs lie in {root}"
        if beside:
            hint += f" In {Path(relative).parent}: {', '.join(beside[:12])}"
        raise RecipeError(f"{scope} has no config {relative!r}", hint)
    return path


def configs_of(scope: str) -> Path:
    """Return the folder of the configs that ``mmdet`` or ``mmseg`` ships. Raises ``RecipeError``."""
    spec = find_spec(scope)
    if spec is None or not spec.submodule_search_locations:
        raise RecipeError(f"{scope} is not installed", "segdet-kit doctor says how to mend that")
    return Path(spec.submodule_search_locations[0]) / ".mim" / "configs"


def run_native(path: Path) -> dict[str, Any]:
    """Run a native config, which is a Python program, and return what it assigns, as plain data.

    For the configs that OpenMMLab ships and those that a user names on the command line, never for
    one that arrived in a bundle. Raises ``RecipeError`` with the cause if the program fails.
    """
    from mmengine.config import Config

    try:
        with _mmseg_by_its_import_name():
            config: dict[str, Any] = Config.fromfile(str(path)).to_dict()
    except (Exception, SystemExit) as error:  # the config is a program: it may raise anything
        raise RecipeError(
            f"{path}: the config failed while it ran: {type(error).__name__}: {error}",
            "a native .py config is a Python program; mend it, or write a recipe instead",
        ) from error
    return config


@contextmanager
def _mmseg_by_its_import_name() -> Iterator[None]:
    # mmengine looks for the distribution 'mmsegmentation', which the maintained fork does not own;
    # by import name it finds the package wherever it came from.
    with patch.dict("mmengine.config.utils.MODULE2PACKAGE", {scope: scope for scope in SCOPES}):
        yield

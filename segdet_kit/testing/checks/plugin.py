"""Checks of a plugin as a whole. They import nothing heavy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from segdet_kit.errors import PluginError
from segdet_kit.plugin_lock import check_point, read_lock
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.subject import Subject


def loads(subject: Subject) -> None:
    """The plugin was discovered, and all that it describes was taken."""
    if subject.failure is not None:
        raise CheckFailure(
            f"plugin {subject.point.name!r} cannot be used: {subject.failure}",
            f"mend {subject.point.value}; its hooks are described in docs/plugins.md",
        )


def imports_light(subject: Subject) -> None:
    """Descriptions can be listed without torch, numpy, OpenCV and OpenMMLab."""
    _ask_the_lock(subject)
    command = [sys.executable, "-m", "segdet_kit.testing.probe", subject.point.name, subject.point.value]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    asked = json.loads(done.stdout.splitlines()[-1]) if done.stdout else []
    if asked:
        raise CheckFailure(
            f"listing {subject.point.name!r} imports {', '.join(asked)}",
            "import it in the module that a target names: descriptions and levels stay free of it",
        )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1]
        raise CheckFailure(f"{subject.point.value} cannot be loaded: {last}", "mend that first")


def _ask_the_lock(subject: Subject) -> None:
    """A plugin that the lock keeps out is not imported in another process either."""
    distribution = subject.point.dist
    try:
        check_point(subject.point, distribution.name if distribution else "unknown", read_lock())
    except PluginError as error:
        raise CheckFailure(error.message, "allow it, to have it checked") from error


def no_registry(subject: Subject) -> None:
    """OpenMMLab takes a package with a module ``registry`` for a toolbox of its own."""
    package = subject.point.module.partition(".")[0]
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    found = [path for folder in folders for path in Path(folder).rglob("registry*") if _is_module(path)]
    if found:
        raise CheckFailure(
            f"{package} has a module named registry: {found[0]}",
            "rename it: OpenMMLab takes a package that has one for a toolbox of its own",
        )


def _is_module(path: Path) -> bool:
    return path.name == "registry.py" or (path.name == "registry" and (path / "__init__.py").is_file())

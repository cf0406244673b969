"""``segdet-kit plugins new``: write the package that a new plugin starts from."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from segdet_kit.catalog import check_kind, installed
from segdet_kit.errors import PluginError
from segdet_kit.scaffold.names import names_for, refuse_taken
from segdet_kit.scaffold.package import package_files


def plugins_new(name: str, kinds: Sequence[str], out: Path | None, licence: str) -> str:
    """Write a package that offers one component of each kind, and return what to type next.

    Raises ``PluginError`` for a name that cannot be used or is taken, an unknown kind, and a folder
    that exists or cannot be written.
    """
    names = names_for(name)
    for kind in kinds:
        check_kind(kind)
    folder = out or Path(names.distribution)
    elsewhere = "choose another folder: --out FOLDER"
    if folder.exists():
        raise PluginError(f"{folder} exists already", elsewhere)
    refuse_taken(names, kinds, installed())
    try:
        _write(package_files(names, kinds, licence), folder)
    except OSError as error:
        raise PluginError(f"cannot write {folder}: {error.strerror}", elsewhere) from error
    steps = [
        f"cd {folder}",
        "pip install -e '.[test]'",
        "pytest",
        *([f"python -m {names.module}.draw"] if "dataset" in kinds else []),
        f"segdet-kit train recipes/{names.plugin}.py",
    ]
    return "\n".join([f"wrote {folder}. Next:", *(f"  {step}" for step in steps)])


def _write(files: Mapping[str, str], folder: Path) -> None:
    """Write the files below a folder that appears at once, with all of them."""
    aside = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        for path, text in files.items():
            (aside / path).parent.mkdir(parents=True, exist_ok=True)
            (aside / path).write_text(text, encoding="utf-8")
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)

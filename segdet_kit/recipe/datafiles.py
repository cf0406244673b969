"""Settings as YAML, TOML or JSON. These are data whatever they hold, a native OpenMMLab config too."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

from segdet_kit.errors import RecipeError
from segdet_kit.recipe.documents import MAX_DEPTH, Document, items, read_text, walk
from segdet_kit.strict_json import parse, unmarked

_TEMPLATE = re.compile(r"\{\{\s*['\"]?\s*(\$|_base_\b|file(Dirname|Basename|BasenameNoExtension|Extname)\b)")
"""What mmengine's Config.fromfile fills in, for example ``{{$HOME:/root}}`` and ``{{ fileBasename }}``."""


def read_data(path: Path) -> Document:
    """Read a ``.yaml``, ``.yml``, ``.toml`` or ``.json`` file.

    Raises RecipeError if it is none of these, is damaged, holds a key twice, or would have a program run.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        kinds = ", ".join([".py", *_READERS])
        raise RecipeError(
            f"{path}: settings are not read from {path.suffix or 'such'} files", f"kinds: {kinds}"
        )
    document = reader(read_text(path), path)
    if not isinstance(document.data, dict):
        raise RecipeError(f"{path}: no keys at the top level", "write keys and values, such as task and head")
    check_is_data(document)
    return document


def check_is_data(document: Document) -> None:
    """Raise RecipeError if OpenMMLab would run a program for the data, or fill in a template of it."""
    _check_depth(document)
    for key_path, value in walk(document.data):
        key = key_path.rpartition(".")[2]
        where = f"{document.where(key_path)}: {key_path}"
        if key == "custom_imports":
            raise RecipeError(f"{where}: data cannot import a module", "offer its components by a plugin")
        if key == "_base_" and not (key_path == key and _are_data_files(value)):
            raise RecipeError(
                f"{where}: data cannot name a program",
                "write base: mmdet::... for one of OpenMMLab's configs, or extends for another recipe",
            )
        if _TEMPLATE.search(key) or (isinstance(value, str) and _TEMPLATE.search(value)):
            raise RecipeError(
                f"{where}: a template is not data", "write the value itself, or give it by --set"
            )


def _are_data_files(value: Any) -> bool:
    names = value if isinstance(value, (list, tuple)) else [value]
    return all(isinstance(name, str) and Path(name).suffix.lower() in _READERS for name in names)


def _check_depth(document: Document) -> None:
    level: list[Any] = [document.data]
    for _ in range(MAX_DEPTH):
        level = [child for value in level for _, child in items(value)]
    if level:
        raise RecipeError(f"{document.path}: nested too deeply", f"at most {MAX_DEPTH} levels are read")


def _yaml(text: str, path: Path) -> Document:
    from segdet_kit.recipe.yamldata import parse_yaml

    return parse_yaml(text, path)


def _toml(text: str, path: Path) -> Document:
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document = Document(path, tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        raise RecipeError(f"{path}: not valid TOML: {exc}") from exc
    _check_depth(document)
    for key_path, value in walk(document.data):
        if isinstance(value, (date, time)):
            raise RecipeError(f"{path}: {key_path}: a date is not used by any setting", "put it into quotes")
    return document


def _json(text: str, path: Path) -> Document:
    return Document(path, unmarked(parse(text, str(path))))


_READERS: dict[str, Callable[[str, Path], Document]] = {
    ".yaml": _yaml,
    ".yml": _yaml,
    ".toml": _toml,
    ".json": _json,
}

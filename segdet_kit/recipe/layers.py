"""Files that extend one another, merged into one, with the file and line that each key came from."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segdet_kit.errors import RecipeError
from segdet_kit.recipe import literals
from segdet_kit.recipe.datafiles import check_is_data, read_data
from segdet_kit.recipe.documents import Document, read_text, walk

_FREE = "overrides"
"""The part of a recipe in which ``_delete_`` is OpenMMLab's, and therefore kept."""


@dataclass(frozen=True)
class Layer:
    """Merged data. ``origins`` gives for every dotted key path the ``file:line`` that wrote its value."""

    data: dict[str, Any]
    origins: dict[str, str]


def is_native(data: dict[str, Any]) -> bool:
    """Whether this is an OpenMMLab config: it has a model, or a base of its own kind, and no task."""
    return "task" not in data and ("model" in data or "_base_" in data)


def is_program(path: Path) -> bool:
    """Whether a ``.py`` file is an OpenMMLab config that says more than plain data can.

    Such a file is a Python program to mmengine; nothing of it is run here. Raises RecipeError if the file
    cannot be read or parsed.
    """
    text = read_text(path)
    tree = literals.syntax_tree(text, path)
    names = {name for statement in tree.body for name in _bound(statement)}
    if "task" in names or not names & {"model", "_base_", "read_base"}:
        return False
    try:
        check_is_data(literals.evaluate(tree, text, path))
    except RecipeError:
        return True
    return False


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement assigns; ``read_base`` for mmengine's ``with read_base():``."""
    if isinstance(statement, ast.With):
        calls = [item.context_expr for item in statement.items]
        functions = [call.func for call in calls if isinstance(call, ast.Call)]
        return {function.id for function in functions if isinstance(function, ast.Name)}
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def read_layers(path: Path) -> Layer:
    """A file of any format merged over the files that it extends, the later ones over the earlier.

    ``extends`` is a path, or a list of them, relative to the file that says it. Dicts merge; lists and
    scalars replace. A dict that names another ``type``, or says ``_delete_=True``, replaces too, so that no
    argument of the old type stays. Raises RecipeError for what is not data, and for a circle of files.
    """
    layer = _read(path, ())
    return Layer(
        {key: value if key == _FREE else _settled(value) for key, value in layer.data.items()}, layer.origins
    )


def _read(path: Path, chain: tuple[Path, ...]) -> Layer:
    if path.resolve() in [earlier.resolve() for earlier in chain]:
        circle = " -> ".join(str(link) for link in (*chain, path))
        raise RecipeError(f"recipes extend each other in a circle: {circle}", "delete one extends")
    document = _read_file(path)
    base = Layer({}, {})
    for key in ("_base_", "extends"):
        for name in _names(document, key):
            extended = path.parent / name
            if not extended.is_file():
                raise RecipeError(
                    f"{document.where(key)}: {key}: there is no file {extended}", "see its spelling"
                )
            base = _merged(base, _read(extended, (*chain, path)))
    own = {key: value for key, value in document.data.items() if key not in ("_base_", "extends")}
    return _merged(base, Layer(own, {key_path: document.where(key_path) for key_path, _ in walk(own)}))


def _read_file(path: Path) -> Document:
    if path.suffix != ".py":
        return read_data(path)
    document = literals.read_document(path)
    check_is_data(document)
    keys = {key: value for key, value in document.data.items() if key == "_base_" or not key.startswith("_")}
    return Document(path, keys, document.lines)


def _names(document: Document, key: str) -> list[str]:
    value = document.data.get(key, [])
    names = list(value) if isinstance(value, (list, tuple)) else [value]
    if not all(isinstance(name, str) and name for name in names):
        raise RecipeError(
            f"{document.where(key)}: {key}: not a path: {value!r}", "write: extends = 'other.py'"
        )
    return names


def _merged(base: Layer, over: Layer) -> Layer:
    data = merge(base.data, over.data)
    return Layer(data, {path: over.origins.get(path) or base.origins[path] for path, _ in walk(data)})


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """``over`` merged into ``base`` by the rules of :func:`read_layers`; both stay as they are."""
    merged = dict(base)
    for key, value in over.items():
        merged[key] = merge(base[key], value) if _belong_together(base.get(key), value) else value
    return merged


def _belong_together(old: Any, new: Any) -> bool:
    if not isinstance(old, dict) or not isinstance(new, dict) or new.get("_delete_") is True:
        return False
    return "type" not in new or new["type"] == old.get("type")


def _settled(value: Any) -> Any:
    """``value`` without the ``_delete_`` marks, which have done their work."""
    if isinstance(value, dict):
        return {key: _settled(child) for key, child in value.items() if key != "_delete_"}
    return type(value)(map(_settled, value)) if isinstance(value, (list, tuple)) else value

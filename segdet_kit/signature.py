"""The signature of a component's target, read from its source: the module is not imported."""

from __future__ import annotations

import ast
from importlib.util import find_spec, resolve_name
from pathlib import Path


def signature_of(target: str) -> str | None:
    """Return ``"Name(argument, other=1)"`` of ``"package.module:Name"``, or None if its source is not found.

    A class is shown with the arguments of its own ``__init__``, without ``self``. A name that the module
    itself imports is looked up where it comes from.
    """
    module, _, name = target.partition(":")
    source = _source_file(module)
    if source is None:
        return None
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return f"{name}({ast.unparse(node.args)})"
        if isinstance(node, ast.ClassDef) and node.name == name:
            return f"{name}({_arguments(node)})"
        if isinstance(node, ast.ImportFrom) and (original := _imported_as(name, node)):
            package = module if source.name == "__init__.py" else module.rpartition(".")[0]
            origin = resolve_name("." * node.level + (node.module or ""), package)
            return signature_of(f"{origin}:{original}") if origin != module else None
    return None


def _imported_as(name: str, node: ast.ImportFrom) -> str | None:
    """Return what the statement calls ``name`` where it takes it from, if it imports it at all."""
    return next((each.name for each in node.names if (each.asname or each.name) == name), None)


def _arguments(node: ast.ClassDef) -> str:
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.name == "__init__":
            member.args.args = member.args.args[1:]
            return ast.unparse(member.args)
    return "..."


def _source_file(module: str) -> Path | None:
    # Only the top-level package is looked up: to find a submodule, importlib imports its parents.
    top, *rest = module.split(".")
    spec = find_spec(top)
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin else None
    for location in spec.submodule_search_locations or ():
        path = Path(location, *rest)
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None

"""Say what pydantic found in the terms of the recipe: file and line, key, fault, nearest neighbour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from segdet_kit.suggest import nearest

_WORDING = {
    "Input should be": "must be",
    "a valid tuple": "a list",
    "a valid dictionary": "a dict",
    "a valid integer": "a whole number",
    "a valid string": "a text",
    "a valid boolean": "True or False",
}


def describe(
    error: ValidationError, model: type[BaseModel], origins: Mapping[str, str], source: str
) -> tuple[str, str]:
    """The message, a line for each fault, and the hint for the first of them that has one.

    ``origins`` maps dotted key paths to ``file:line``; a fault of a key that is not there lies in ``source``.
    """
    messages, hints = [], []
    for fault in error.errors(include_url=False):
        path = ".".join(str(part) for part in fault["loc"])
        message, hint = (
            _unknown_key(path, model) if fault["type"] == "extra_forbidden" else (_wrong(path, fault), "")
        )
        messages.append(f"{_origin(path, origins, source)}: {message}")
        hints += [hint] if hint else []
    return "\n".join(messages), hints[0] if hints else ""


def _origin(path: str, origins: Mapping[str, str], source: str) -> str:
    while path and path not in origins:
        path = path.rpartition(".")[0]
    return origins.get(path, source)


def _unknown_key(path: str, model: type[BaseModel]) -> tuple[str, str]:
    parent, _, key = path.rpartition(".")
    sections = _sections(model)
    known = sections[parent]
    inner = {name: f"{section}.{name}" for section, names in sections.items() if section for name in names}
    near = nearest(key, known) or inner.get(nearest(key, inner) or "")
    inside = f" in {parent}" if parent else ""
    meant = f"; did you mean {near!r}?" if near else ""
    elsewhere = "" if parent else "; OpenMMLab's own go into overrides"
    return f"unknown key {key!r}{inside}{meant}", f"keys{inside}: {', '.join(known)}{elsewhere}"


def _sections(model: type[BaseModel]) -> dict[str, list[str]]:
    """The keys of the model itself, under the name "", and of each model in it."""
    sections = {"": list(model.model_fields)}
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            sections[name] = list(field.annotation.model_fields)
    return sections


def _wrong(path: str, fault: Any) -> str:
    if fault["type"] == "missing":
        return f"{path} is missing"
    message: str = fault["msg"].removeprefix("Value error, ").partition(" or instance of")[0]
    for pydantics, ours in _WORDING.items():
        message = message.replace(pydantics, ours)
    if not path:
        return message
    return f"{path}: {message} (got {fault['input']!r:.80})"

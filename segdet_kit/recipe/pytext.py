"""Write data as the Python text of a recipe: plain assignments, which ``literals`` reads back."""

from __future__ import annotations

import keyword
import math
from typing import Any

_WIDTH = 100


def write_assignments(data: dict[str, Any]) -> str:
    """One ``name = value`` for each item; dicts as ``dict(key=value)`` where their keys allow it.

    What is no literal raises TypeError: it would not be read back.
    """
    return "".join(f"{name} = {_text(value, 0, len(name) + 3)}\n" for name, value in data.items())


def _text(value: Any, indent: int, used: int) -> str:
    """``value`` on one line if it fits behind ``used`` characters, else an element a line."""
    if not isinstance(value, (dict, list, tuple)):
        return _scalar(value)
    opening, closing, parts = _parts(value)
    inline = opening + ", ".join(name + _text(child, 0, -(10**6)) for name, child in parts) + closing
    if isinstance(value, tuple) and len(value) == 1:
        inline = f"{inline[:-1]},)"
    if used + len(inline) <= _WIDTH:
        return inline
    inner = indent + 4
    lines = [f"{' ' * inner}{name}{_text(child, inner, inner + len(name) + 1)}," for name, child in parts]
    return "\n".join([opening, *lines, " " * indent + closing])


def _parts(value: Any) -> tuple[str, str, list[tuple[str, Any]]]:
    """The brackets of a container, and its elements with the text in front of each."""
    if isinstance(value, dict):
        if all(isinstance(key, str) and key.isidentifier() and not keyword.iskeyword(key) for key in value):
            return "dict(", ")", [(f"{key}=", child) for key, child in value.items()]
        return "{", "}", [(f"{_scalar(key)}: ", child) for key, child in value.items()]
    brackets = "[]" if isinstance(value, list) else "()"
    return brackets[0], brackets[1], [("", child) for child in value]


def _scalar(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    if isinstance(value, set) and value:
        return "{" + ", ".join(sorted(map(_scalar, value))) + "}"
    if not isinstance(value, (str, int, float, type(None))):
        raise TypeError(f"not a literal: {value!r}")
    return repr(value)

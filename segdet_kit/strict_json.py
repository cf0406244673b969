"""JSON as strictly as it can be read: what two readers could understand differently is refused."""

from __future__ import annotations

import json
import math
from typing import Any

from segdet_kit.errors import RecipeError

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
"""Of what arrives from elsewhere: configs, labels, metrics."""
TUPLE = "tuple"


def read_json(data: bytes, name: str = "the JSON") -> Any:
    """Return what a document holds that anybody may have written; ``name`` is how errors call it.

    Raises ``RecipeError`` for more than ``MAX_BYTES`` (1 MiB), for more than ``MAX_DEPTH`` containers
    inside one another, for what is not UTF-8, and what ``parse`` raises.
    """
    if len(data) > MAX_BYTES:
        raise RecipeError(f"{name}: larger than {MAX_BYTES >> 20} MiB", "is this really a config?")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{name}: not UTF-8 text: {error.reason} at byte {error.start}") from error
    value = parse(text, name)
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [item for each in level for item in _items(each)]
    if level:
        raise RecipeError(f"{name}: nested too deeply", f"at most {MAX_DEPTH} levels are read")
    return value


def parse(text: str, name: str) -> Any:
    """Parse JSON as RFC 8259 means it.

    Raises ``RecipeError`` for a key that is given twice, for a number that is not finite, and for text that
    no encoding can write, besides what is no JSON.
    """

    def without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in pairs:
            if key in result:
                raise RecipeError(f"{name}: the key {key!r} is given twice", "delete one of them")
            result[key] = value
        return result

    def not_json(constant: str) -> Any:
        raise RecipeError(
            f"{name}: {constant} is not JSON", "write a number, or use a .py, YAML or TOML file"
        )

    def finite(number: str) -> float:
        return value if math.isfinite(value := float(number)) else not_json(number)

    try:
        text.encode()
        value = json.loads(
            text, object_pairs_hook=without_repetition, parse_constant=not_json, parse_float=finite
        )
        if "\\u" in text:  # the only way for half a surrogate pair to come in
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise RecipeError(f"{name}:{error.lineno}: not valid JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; thousands of brackets
        raise RecipeError(f"{name}: not valid JSON: {error}") from error
    return value


def marked(value: Any) -> Any:
    """Return a config's data for JSON, which has no tuples: ``(1, 2)`` becomes ``{"tuple": [1, 2]}``.

    OpenMMLab's transforms and layers ask in a hundred places which of the two they were given.
    """
    if isinstance(value, dict):
        return {key: marked(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return {TUPLE: [marked(item) for item in value]}
    return [marked(item) for item in value] if isinstance(value, list) else value


def unmarked(value: Any) -> Any:
    """Return the data that was ``marked``."""
    if isinstance(value, dict):
        if value.keys() == {TUPLE} and isinstance(value[TUPLE], list):
            return tuple(unmarked(item) for item in value[TUPLE])
        return {key: unmarked(item) for key, item in value.items()}
    return [unmarked(item) for item in value] if isinstance(value, list) else value


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []

"""``--set a.b=c``: change single keys of a recipe or config from the command line."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from segdet_kit.errors import RecipeError
from segdet_kit.recipe.datafiles import check_is_data
from segdet_kit.recipe.documents import Document
from segdet_kit.recipe.layers import is_native
from segdet_kit.recipe.literals import read_value
from segdet_kit.suggest import nearest

_LIKE_A_CONTAINER = re.compile(r"\[.*\]|\{.*\}|dict\(.*\)", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None, "none": None}


def apply_settings(data: dict[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """``data`` with each ``KEY=VALUE`` of ``settings`` put in; ``data`` itself stays as it is.

    ``KEY`` is a dotted path, with positions for lists: ``augmentations.0.degrees=5``. Only the key that is
    named changes: ``backbone.type=resnet34`` keeps the other arguments, ``backbone=resnet34`` drops them.
    In a recipe, a component written as a name becomes a dict when one of its arguments is set; keys are
    checked when the recipe is. In an OpenMMLab config a key must exist, or look like none that does.
    Raises RecipeError for a setting that is none, and for a key that leads nowhere.
    """
    for setting in settings:
        keys, value = split_setting(setting)
        nested = functools.reduce(lambda inner, key: {key: inner}, reversed(keys), value)
        check_is_data(Document(Path("--set"), nested))
        data = _with(data, keys, value, is_native(data), setting)
    return data


def split_setting(setting: str) -> tuple[list[str], Any]:
    """The keys and the value of ``a.b=c``."""
    key_path, equals, text = setting.partition("=")
    keys = key_path.strip().split(".")
    if not equals or not all(keys):
        raise RecipeError(f"--set {setting}: not a setting", "write KEY=VALUE, for example schedule.epochs=3")
    return keys, parse_value(text, setting)


def parse_value(text: str, setting: str) -> Any:
    """The value of a Python or JSON literal, of ``true``, ``false``, ``null`` and ``none``; else the text."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return read_value(text)
    except RecipeError:
        if not _LIKE_A_CONTAINER.fullmatch(text):
            return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        hint = f"texts inside need quotes: --set \"{setting.partition('=')[0]}=['a', 'b']\""
        raise RecipeError(f"--set {setting}: the value is neither Python's nor JSON's", hint) from exc


def _with(node: Any, keys: list[str], value: Any, native: bool, setting: str) -> Any:
    """``node`` with ``value`` at ``keys``."""
    if not keys:
        return value
    key, *rest = keys
    if isinstance(node, (list, tuple)):
        if not (key.isdecimal() and int(key) < len(node)):
            last = f"0 to {len(node) - 1}" if node else "none, it is empty"
            raise RecipeError(f"--set {setting}: {key!r} is no position of the list", f"positions: {last}")
        changed = list(node)
        changed[int(key)] = _with(node[int(key)], rest, value, native, setting)
        return type(node)(changed)
    if isinstance(node, str) and not native:
        node = {"type": node}
    if node is None:
        node = {}
    if not isinstance(node, dict):
        raise RecipeError(
            f"--set {setting}: {key!r} would be a key of {node!r}", "set the whole value instead"
        )
    if native and key not in node:
        near = nearest(key, map(str, node))
        if near or rest:
            meant = f"; did you mean {near!r}?" if near else ""
            raise RecipeError(
                f"--set {setting}: unknown key {key!r}{meant}", f"keys: {', '.join(map(str, node))}"
            )
    return {**node, key: _with(node.get(key), rest, value, native, setting)}

"""Read YAML as plain data: no tags, no key twice, and no value that two YAML versions read differently.

PyYAML reads YAML 1.1, where ``1e-3`` is a text and ``no`` is False. Here scalars follow the core schema of
YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), and what 1.1 would read as another type is refused.
The data is built from the parser's events, so that nothing is ever constructed that a tag could name.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from segdet_kit.errors import RecipeError
from segdet_kit.recipe.documents import MAX_DEPTH, MAX_VALUES, Document, items

_NULL = re.compile(r"~|null|Null|NULL|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_AMBIGUOUS = re.compile(r"yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|[-+]?0[0-9]+")
_MERGE = "<<"


def parse_yaml(text: str, path: Path) -> Document:
    """The one document of a YAML text. Raises RecipeError with the line for whatever is not plain data."""
    builder = _Builder(path)
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise RecipeError(
            f"{path}{line}: not valid YAML: {getattr(exc, 'problem', None) or str(exc).splitlines()[0]}"
        ) from exc
    return Document(path, builder.root, builder.lines)


@dataclass
class _Open:
    """A container whose end has not come yet. ``key`` is the key whose value comes next, in a dict."""

    container: Any
    path: str
    anchor: str | None
    key: Any = None


class _Builder:
    """Builds dicts, lists and scalars from a parser's events, and notes the line of each key path."""

    def __init__(self, path: Path) -> None:
        self.root: Any = None
        self.lines: dict[str, int] = {}
        self._path = path
        self._line = 1
        self._documents = 0
        self._values = 0
        self._open: list[_Open] = []
        self._anchors: dict[str, Any] = {}

    def take(self, event: Any) -> None:
        self._line = event.start_mark.line + 1
        if getattr(event, "tag", None) is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._fail(f"the tag {tag} is not data", "write the plain value, without a tag")
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._fail("a second document begins", "one recipe a file: write the other into its own file")
        elif isinstance(event, yaml.AliasEvent):
            self._alias(str(event.anchor))
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin({}, event.anchor)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin([], event.anchor)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._end()

    def _fail(self, what: str, hint: str) -> NoReturn:
        raise RecipeError(f"{self._path}:{self._line}: {what}", hint)

    def _begin(self, container: Any, anchor: str | None) -> None:
        path = self._put(container)
        self._open.append(_Open(container, path, anchor))
        self._check_extent(0, 0)

    def _end(self) -> None:
        closed = self._open.pop()
        if isinstance(closed.container, dict) and _MERGE in closed.container:
            self._merge(closed.container)
        if closed.anchor:
            self._anchors[closed.anchor] = closed.container

    def _merge(self, container: dict[Any, Any]) -> None:
        """Add what ``<<: *anchor`` brings; the dict's own keys win, then those of the anchor named first."""
        merged = container.pop(_MERGE)
        for source in merged if isinstance(merged, list) else [merged]:
            if not isinstance(source, dict):
                self._fail("<< takes a dict, or a list of dicts", "write: <<: *anchor")
            for key, value in source.items():
                container.setdefault(key, value)

    def _alias(self, anchor: str) -> None:
        if anchor not in self._anchors:
            self._fail(f"the anchor of *{anchor} is not complete above", f"write &{anchor} before its use")
        value = self._anchors[anchor]
        self._check_extent(*_extent(value))
        self._put(copy.deepcopy(value))

    def _check_extent(self, values: int, depth: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            self._fail(f"more than {MAX_VALUES} values", "an anchor counts again wherever it is used")
        if len(self._open) + depth > MAX_DEPTH:
            self._fail("nested too deeply", f"at most {MAX_DEPTH} levels are read")

    def _scalar(self, event: Any) -> None:
        value = self._resolve(event.value) if event.implicit[0] else event.value
        if event.anchor:
            self._anchors[event.anchor] = value
        self._put(value)

    def _resolve(self, text: str) -> Any:
        """The value of a scalar without quotes."""
        if _AMBIGUOUS.fullmatch(text):
            self._fail(
                f"{text} is read differently by different readers", f"a text: '{text}'; else: true, false, 8"
            )
        if _NULL.fullmatch(text):
            return None
        if _TRUE.fullmatch(text) or _FALSE.fullmatch(text):
            return text[0] in "tT"
        if _INT.fullmatch(text):
            if len(text) > 100:
                self._fail("a number of more than 100 digits", "put a text into quotes")
            return int(text, 0)
        return float(text.replace(".inf", "inf").replace(".nan", "nan")) if _FLOAT.fullmatch(text) else text

    def _put(self, value: Any) -> str:
        """Add a value to the container that is open, and return its key path."""
        self._check_extent(1, 0)
        if not self._open:
            self.root = value
            return ""
        parent = self._open[-1]
        if isinstance(parent.container, list):
            key = len(parent.container)
            parent.container.append(value)
        elif parent.key is None:
            self._open_key(parent, value)
            return ""
        else:
            key, parent.key = parent.key, None
            parent.container[key] = value
        path = f"{parent.path}.{key}" if parent.path else str(key)
        self.lines.setdefault(path, self._line)
        return path

    def _open_key(self, parent: _Open, key: Any) -> None:
        if isinstance(key, bool) or not isinstance(key, (str, int)):
            self._fail(f"{key!r} cannot be a key", "write a text or a whole number")
        if key in parent.container:
            self._fail(f"the key {key!r} is given twice", "delete one of them")
        parent.key = key


def _extent(value: Any) -> tuple[int, int]:
    """How many values there are in ``value`` and how many levels deep."""
    extents = [_extent(child) for _, child in items(value)]
    return 1 + sum(count for count, _ in extents), 1 + max((depth for _, depth in extents), default=0)

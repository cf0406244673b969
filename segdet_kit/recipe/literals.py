"""Read a ``.py`` file of plain assignments as data, without running it.

The file is parsed and only what is written out is evaluated: literals, ``dict(...)`` calls and names
bound above. It reads back whatever ``mmengine.Config.pretty_text`` writes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from segdet_kit.errors import RecipeError
from segdet_kit.recipe.documents import MAX_DEPTH, MAX_VALUES, Document, items, read_text
from segdet_kit.suggest import nearest

_NEVER_RUN = "a recipe is read, never run: put code into a plugin and name its component here"
_WRITE_VALUE = "write the value itself, for example 3e-4"

_INSTEAD: dict[type[ast.AST], tuple[str, str]] = {
    ast.Import: ("an import", _NEVER_RUN),
    ast.ImportFrom: ("an import", "to build on another recipe write: extends = 'other.py'"),
    ast.FunctionDef: ("a function", _NEVER_RUN),
    ast.AsyncFunctionDef: ("a function", _NEVER_RUN),
    ast.Lambda: ("a function", _NEVER_RUN),
    ast.ClassDef: ("a class", _NEVER_RUN),
    ast.With: ("a with block", "to build on another recipe write: extends = 'other.py'"),
    ast.If: ("a condition", "write the assignments of one case; --set changes them for a run"),
    ast.IfExp: ("a condition", _WRITE_VALUE),
    ast.For: ("a loop", "write its assignments out"),
    ast.While: ("a loop", "write its assignments out"),
    ast.Try: ("a try block", _NEVER_RUN),
    ast.Delete: ("del", "leave the name out"),
    ast.AugAssign: ("an augmented assignment", "write the whole value: name = value"),
    ast.AnnAssign: ("an annotation", "leave it out: name = value"),
    ast.Expr: ("a bare expression", "write an assignment: name = value"),
    ast.Call: ("a call", f"{_WRITE_VALUE}; only dict(...) and float('inf') are read"),
    ast.Attribute: ("an attribute", f"{_WRITE_VALUE}, or a name in quotes"),
    ast.Subscript: ("a subscript", f"{_WRITE_VALUE}, or bind it to a name above"),
    ast.BinOp: ("arithmetic", "write its result"),
    ast.UnaryOp: ("this operator", "write its result; only the sign of a number is read"),
    ast.BoolOp: ("a condition", "write its result: True or False"),
    ast.Compare: ("a comparison", "write its result: True or False"),
    ast.ListComp: ("a comprehension", "write the list out"),
    ast.SetComp: ("a comprehension", "write the set out"),
    ast.DictComp: ("a comprehension", "write the dict out"),
    ast.GeneratorExp: ("a comprehension", "write the list out"),
    ast.JoinedStr: ("an f-string", "write the text out"),
    ast.NamedExpr: ("an assignment inside an expression", "bind the name on a line of its own above"),
    ast.Constant: ("this constant", "write a string, a number, True, False or None"),
    ast.Starred: ("unpacking", "only a list, tuple or set bound above is unpacked"),
}
_SPELT_ELSEWHERE = {"true": "True", "false": "False", "null": "None", "none": "None"}
_NOT_FINITE = {"inf", "-inf", "nan"}


def read_assignments(path: str | Path) -> dict[str, Any]:
    """The top-level names of a ``.py`` file and their values, as :func:`read_document` reads them."""
    return read_document(Path(path)).data


def read_document(path: Path) -> Document:
    """Read a ``.py`` file of plain assignments.

    A name that is assigned twice keeps its last value, as in Python. Raises RecipeError with the file,
    the line, that line's text and what to write instead for anything that is not data.
    """
    text = read_text(path)
    return evaluate(syntax_tree(text, path), text, path)


def syntax_tree(text: str, path: Path) -> ast.Module:
    """``text`` parsed as Python, not evaluated; RecipeError if Python cannot parse it."""
    try:
        return ast.parse(text, filename=str(path))
    except SyntaxError as exc:
        source = f": {exc.text.strip()[:80]}" if exc.text else ""
        raise RecipeError(f"{path}:{exc.lineno or 1}: not valid Python: {exc.msg}{source}") from exc
    except (RecursionError, MemoryError) as exc:
        raise RecipeError(f"{path}: nested too deeply", f"at most {MAX_DEPTH} levels are read") from exc


def evaluate(tree: ast.Module, text: str, path: Path) -> Document:
    """The assignments of a parsed file; see :func:`read_document`."""
    evaluator = _Evaluator(text, path)
    lines: dict[str, int] = {}
    for index, statement in enumerate(tree.body):
        if index == 0 and _is_docstring(statement):
            continue
        if not isinstance(statement, ast.Assign):
            evaluator.refuse(statement)
        value = evaluator.value(statement.value)
        for target in statement.targets:
            if not isinstance(target, ast.Name):
                evaluator.fail(target, "only plain names are assigned", "write one name a line: name = value")
            evaluator.names[target.id] = value
            _locate(value, statement.value, statement.lineno, target.id, lines)
    return Document(path, evaluator.names, lines)


def read_value(text: str) -> Any:
    """One value written as in a ``.py`` recipe. Raises RecipeError if ``text`` is not such a value."""
    path = Path("--set")
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        raise RecipeError(f"not a value: {text[:80]}") from exc
    return _Evaluator(text, path).value(node)


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _is_float_call(node: ast.Call) -> bool:
    """Whether the node is ``float('inf')``, ``float('-inf')`` or ``float('nan')``."""
    return (
        isinstance(node.func, ast.Name)
        and node.func.id == "float"
        and not node.keywords
        and len(node.args) == 1
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value in _NOT_FINITE
    )


def _locate(value: Any, node: ast.expr | None, line: int, path: str, lines: dict[str, int]) -> None:
    """Note the line of ``value`` and of all inside it; what came by a name or unpacking has its parent's."""
    lines[path] = line
    children: dict[Any, ast.expr] = {}
    if isinstance(node, ast.Call):
        children = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    elif isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        children = {key.value: child for key, child in pairs if isinstance(key, ast.Constant)}
    elif isinstance(node, (ast.List, ast.Tuple)) and not any(isinstance(e, ast.Starred) for e in node.elts):
        children = dict(enumerate(node.elts))
    for key, child in items(value):
        child_node = children.get(key)
        _locate(child, child_node, child_node.lineno if child_node else line, f"{path}.{key}", lines)


class _Evaluator:
    """Evaluates the literals of one file, within limits of depth and of size."""

    def __init__(self, text: str, path: Path) -> None:
        self.names: dict[str, Any] = {}
        self._source = re.split(r"\r\n|\r|\n", text)
        self._path = path
        self._depth = 0
        self._values = 0
        self._readers: dict[type[ast.expr], Callable[[Any], Any]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.UnaryOp: self._signed,
            ast.List: lambda node: self._elements(node.elts),
            ast.Tuple: lambda node: tuple(self._elements(node.elts)),
            ast.Set: lambda node: {self._scalar(node, element) for element in self._elements(node.elts)},
            ast.Dict: self._dict,
            ast.Call: self._call,
        }

    def fail(self, node: ast.AST, what: str, hint: str) -> NoReturn:
        line = getattr(node, "lineno", 1)
        source = self._source[line - 1].strip()[:80]
        raise RecipeError(f"{self._path}:{line}: {what}: {source}", hint)

    def refuse(self, node: ast.AST) -> NoReturn:
        if isinstance(node, ast.Expr) and type(node.value) in _INSTEAD.keys() - {ast.Constant}:
            node = node.value
        what, hint = _INSTEAD.get(type(node), (f"Python's {type(node).__name__}", _NEVER_RUN))
        self.fail(node, f"{what} is not data", hint)

    def value(self, node: ast.expr) -> Any:
        reader = self._readers.get(type(node))
        if reader is None:
            self.refuse(node)
        with self._level(node):
            return reader(node)

    @contextmanager
    def _level(self, node: ast.AST) -> Iterator[None]:
        """Count one value, one level deeper than the value around it."""
        self._values += 1
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self.fail(node, "nested too deeply", f"at most {MAX_DEPTH} levels are read")
        if self._values > MAX_VALUES:
            self.fail(node, f"more than {MAX_VALUES} values", "a name counts again wherever it is used")
        yield
        self._depth -= 1

    def _constant(self, node: ast.Constant) -> Any:
        if not isinstance(node.value, (str, int, float, type(None))):
            self.refuse(node)
        return node.value

    def _name(self, node: ast.Name) -> Any:
        if node.id in self.names:
            return self._copy(node, self.names[node.id])
        if node.id not in ("inf", "nan"):  # which Config.pretty_text writes bare
            near = _SPELT_ELSEWHERE.get(node.id) or nearest(node.id, self.names)
            meant = f"did you mean {near}? " if near else ""
            self.fail(
                node, f"nothing above is called {node.id!r}", f"{meant}a text needs quotes: {node.id!r}"
            )
        return float(node.id)

    def _copy(self, node: ast.AST, value: Any) -> Any:
        """A value of its own for every use of a name, so that a change in one place stays there."""
        with self._level(node):
            if isinstance(value, dict):
                return {key: self._copy(node, child) for key, child in value.items()}
            if isinstance(value, (list, tuple, set)):
                return type(value)([self._copy(node, child) for child in value])
            return value

    def _signed(self, node: ast.UnaryOp) -> Any:
        number = self.value(node.operand) if isinstance(node.op, (ast.USub, ast.UAdd)) else None
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            self.refuse(node)
        return -number if isinstance(node.op, ast.USub) else number

    def _elements(self, nodes: list[ast.expr]) -> list[Any]:
        elements: list[Any] = []
        for node in nodes:
            if not isinstance(node, ast.Starred):
                elements.append(self.value(node))
                continue
            unpacked = self.value(node.value)
            if not isinstance(unpacked, (list, tuple, set)):
                self.refuse(node)
            elements.extend(unpacked)
        return elements

    def _dict(self, node: ast.Dict) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key, child in zip(node.keys, node.values, strict=True):
            if key is None:
                result.update(self._mapping(child))
            else:
                result[self._scalar(key, self.value(key))] = self.value(child)
        return result

    def _mapping(self, node: ast.expr) -> dict[Any, Any]:
        mapping = self.value(node)
        if not isinstance(mapping, dict):
            self.fail(node, "only a dict is unpacked here", "write its keys and values")
        return mapping

    def _call(self, node: ast.Call) -> Any:
        if _is_float_call(node):
            return float(ast.literal_eval(node.args[0]))
        if not (isinstance(node.func, ast.Name) and node.func.id == "dict" and len(node.args) <= 1):
            self.refuse(node)
        result: dict[Any, Any] = {}
        for argument in node.args:
            result.update(self._mapping(argument))
        named: set[Any] = set()
        for keyword in node.keywords:
            new = {keyword.arg: self.value(keyword.value)} if keyword.arg else self._mapping(keyword.value)
            if repeated := named & new.keys():
                replace = "to replace a key write {**name, 'key': value}"
                self.fail(keyword, f"{repeated.pop()!r} is given twice", replace)
            named |= new.keys()
            result.update(new)
        return result

    def _scalar(self, node: ast.AST, value: Any) -> Any:
        """``value`` as a key of a dict or a member of a set."""
        if isinstance(value, (dict, list, tuple, set)):
            self.fail(node, "a key, and a member of a set, is a single value", "write a text or a number")
        return value

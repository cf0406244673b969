"""Rewrite the parts of docs/ that the code itself knows: commands, operators, components and augmentations.

``python tools/docs_generate.py`` rewrites what stands between the markers ``<!-- BEGIN generated: NAME -->``
and ``<!-- END generated -->``; with ``--check`` it only tells, by exit status 1, whether that would change
anything. The texts come from signatures and descriptions, not from printed help, whose layout is typer's.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from enum import Enum
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, get_args

import typer
from typer.models import ArgumentInfo, ParameterInfo

from segdet_kit.builtin.augmentations import register_augmentations
from segdet_kit.cli import app
from segdet_kit.components import TASKS
from segdet_kit.openmmlab.ops import OPERATORS, install
from segdet_kit.plugins import discover

ROOT = Path(__file__).parents[1]
FILES = ("docs/augmentations.md", "docs/commands.md", "docs/operators.md", "docs/recipes.md")
BLOCK = re.compile(r"(<!-- BEGIN generated: (?P<name>.+?) -->\n).*?(<!-- END generated -->)", re.DOTALL)


def commands(typer_app: typer.Typer = app, prefix: str = "") -> dict[str, Callable[..., None]]:
    """Return every command by the words that call it: ``plugins list``."""
    found: dict[str, Callable[..., None]] = {}
    for command in typer_app.registered_commands:
        assert command.callback is not None
        found[prefix + (command.name or command.callback.__name__)] = command.callback
    for group in typer_app.registered_groups:
        assert group.typer_instance is not None
        found |= commands(group.typer_instance, f"{prefix}{group.name} ")
    return found


def usage(name: str) -> str:
    """Return one command's help: usage, what it does, and each argument and option in a line."""
    function = commands()[name]
    rows = [_parameter(parameter) for parameter in inspect.signature(function).parameters.values()]
    arguments = [row for row in rows if not row[0].startswith("--")]
    call = [
        "segdet-kit",
        name,
        *(f"[{spelling}]" if optional else spelling for spelling, _, optional in arguments),
    ]
    if len(rows) > len(arguments):
        call.append("[OPTIONS]")
    width = max((len(spelling) for spelling, _, _ in rows), default=0)
    lines = [f"  {spelling:<{width}}  {text}" for spelling, text, _ in rows]
    about = textwrap.indent(inspect.getdoc(function) or "", "  ")
    return "\n".join(["```text", " ".join(call), "", about, "", *lines, "```"])


def _parameter(parameter: inspect.Parameter) -> tuple[str, str, bool]:
    """How a parameter is written on the command line, its help, and whether it can be left out."""
    annotated, info = get_args(parameter.annotation)
    assert isinstance(info, ParameterInfo)
    metavar = info.metavar or _metavar(annotated)
    optional = parameter.default is not inspect.Parameter.empty
    text = info.help or ""
    if optional and not isinstance(parameter.default, bool) and parameter.default is not None:
        shown = parameter.default.value if isinstance(parameter.default, Enum) else parameter.default
        text += f" Default: {shown}"
    if isinstance(info, ArgumentInfo):
        return info.metavar or parameter.name.upper(), text, optional
    # Inside Annotated, typer.Option takes the name for its default.
    declared = [name for name in (info.default, *(info.param_decls or ())) if str(name).startswith("--")]
    spelling = declared[0] if declared else "--" + parameter.name.replace("_", "-")
    return f"{spelling} {metavar}".rstrip(), text, optional


def _metavar(annotated: Any) -> str:
    kinds = [kind for kind in get_args(annotated) or (annotated,) if kind is not type(None)]
    if issubclass(kinds[0], Enum):
        return "|".join(member.value for member in kinds[0])
    return {bool: "", Path: "PATH", int: "N", float: "NUMBER"}.get(kinds[0], "TEXT")


def operators() -> str:
    """Return the table of mmcv's operators that the kit provides: a row for those of one module, alike."""
    families: dict[tuple[str, ...], list[str]] = {}
    for name, op in OPERATORS.items():
        key = op.target.partition(":")[0], op.by, ", ".join(op.dtypes) or "none", op.reference
        families.setdefault(key, []).append(name)
    rows = []
    for (_, by, dtypes, reference), names in sorted(families.items()):
        lines = "<br>".join(f"`{name}`: {OPERATORS[name].summary}" for name in names)
        gradient = "yes" if any(OPERATORS[name].differentiable for name in names) else "no"
        rows.append(f"| {lines} | {by} | {gradient} | {dtypes} | {reference} |")
    header = "| operators | with | gradient | dtypes | checked against |"
    return "\n".join([header, "|---|---|---|---|---|", *rows])


def components() -> str:
    """Return the table of the kit's own components."""
    own = [point for point in entry_points(group="segdet_kit") if point.name == "builtin"]
    rows = [
        f"| {c.kind} | `{c.name}` | {', '.join(c.tasks)} | {c.summary} |"
        for c in (offer.component for offer in discover(own).offers)
    ]
    return "\n".join(["| kind | name | tasks | what it is |", "|---|---|---|---|", *rows])


def augmentations() -> str:
    """Return what each of the kit's own augmentations does, and its arguments with their defaults."""
    install()
    parts = []
    for each in register_augmentations():
        module, _, name = each.target.partition(":")
        target = getattr(import_module(module), name)
        written = {key: value.default for key, value in inspect.signature(target).parameters.items()}
        arguments = [
            f"{key}={value!r}" for key, value in ({"type": each.name} | written | each.defaults).items()
        ]
        kind = "Augmentation" if each.stage == "train" else "Preprocessing"
        tasks = "all" if set(each.tasks) == set(TASKS) else ", ".join(each.tasks)
        about = (inspect.getdoc(target) or "").replace("``", "`")
        code = f"```python\ndict({', '.join(arguments)})\n```"
        parts.append(f"### {each.name}\n\n{kind}. Tasks: {tasks}.\n\n{code}\n\n{about}\n")
    return "\n".join(parts)


def generate(name: str) -> str:
    """Return the text of one generated block."""
    tables = {"operators": operators, "components": components, "augmentations": augmentations}
    return tables[name]() if name in tables else usage(name)


def rewritten(text: str) -> str:
    """Return a page with all its generated blocks made anew."""
    return BLOCK.sub(lambda match: f"{match[1]}{generate(match['name'])}\n{match[3]}", text)


def outdated() -> Iterator[tuple[Path, str]]:
    """Yield each page that is no longer true, with its new text."""
    for name in FILES:
        path = ROOT / name
        before = path.read_text(encoding="utf-8")
        if (after := rewritten(before)) != before:
            yield path, after


def main() -> None:
    """Rewrite the pages, or check them."""
    parser = argparse.ArgumentParser(description="Rewrite the generated parts of docs/.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a page is outdated"
    )
    check = parser.parse_args().check
    pages = list(outdated())
    for path, text in pages:
        print(f"{'outdated' if check else 'rewrote'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_text(text, encoding="utf-8")
    if pages and check:
        print("run: python tools/docs_generate.py")
        sys.exit(1)


if __name__ == "__main__":
    main()

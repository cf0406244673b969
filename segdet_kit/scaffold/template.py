"""Filling in the templates that lie beside this module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template

TEMPLATES = files("segdet_kit.scaffold") / "templates"
WIDTH = 88


def filled(template: str, said: Mapping[str, str]) -> str:
    """Return the text of a template, ``FOLDER/FILE`` without its suffix, with its placeholders filled in."""
    return Template((TEMPLATES / f"{template}.tmpl").read_text(encoding="utf-8")).substitute(said)


def import_line(module: str, names: Sequence[str]) -> str:
    """Return the import of some names, a line each where they do not fit one."""
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])

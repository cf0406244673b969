"""The page on versions names all that is public, and the versions that the kit itself asks for."""

from __future__ import annotations

import re
from importlib import import_module

import segdet_kit
from tests.docs.pages import read, rows, section

PAGE = "docs/versioning.md"


def test_the_versions_are_those_of_the_pyproject() -> None:
    project = read("pyproject.toml")
    asked = dict(re.findall(r'"((?:torch|onedl)[\w-]*)(>=[^"]+)"', project))
    asked["Python"] = re.search(r'requires-python = "(.+)"', project)[1]
    assert dict(rows(section(PAGE, "## What is supported"))) == asked


def test_all_that_the_kit_exports_is_public() -> None:
    public = section(PAGE, "## What is public")
    assert not [name for name in segdet_kit.__all__ if f"`{name}`" not in public]


def test_what_is_called_public_exists() -> None:
    names = re.findall(r"`(segdet_kit\.[\w.]+)`", section(PAGE, "## What is public"))
    assert names
    for name in names:
        try:
            import_module(name)
        except ModuleNotFoundError:
            module, _, attribute = name.rpartition(".")
            assert hasattr(import_module(module), attribute), name

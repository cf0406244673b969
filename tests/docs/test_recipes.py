"""The recipes in the pages assemble, and the page on recipes knows every key."""

from __future__ import annotations

import types
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from segdet_kit.assemble import assemble
from segdet_kit.catalog import installed
from segdet_kit.recipe import Blocks, ComponentRef, Native, Recipe, Runtime, Schedule
from segdet_kit.recipe import read as read_recipe
from tests.docs.pages import blocks, rows, section, write_blocks

RECIPES = [
    (page, name)
    for page in ("docs/recipes.md", "docs/tutorial.md", "docs/augmentations.md")
    for name in blocks(page, "recipe")
]
IN_WORDS = {
    int: "whole number",
    float: "number",
    bool: "True or False",
    str: "text",
    ComponentRef: "component",
}


@pytest.mark.parametrize(("page", "name"), RECIPES)
def test_a_recipe_of_the_docs_assembles(page: str, name: str, tmp_path) -> None:
    written = write_blocks(page, "recipe", tmp_path)
    assembled = assemble(read_recipe(written[name]), installed())
    assert assembled.config["model"]["backbone"]["type"].startswith(("segdet_kit.", "segdet_timm."))


def test_the_example_is_the_same_recipe_in_all_formats(tmp_path) -> None:
    written = write_blocks("docs/recipes.md", "recipe", tmp_path)
    example, *others = (read_recipe(written[f"cells.{suffix}"]) for suffix in ("py", "yaml", "toml", "json"))
    assert all(other.as_data() == example.as_data() for other in others)


def test_the_native_config_of_the_docs_is_a_program(tmp_path) -> None:
    native = read_recipe(write_blocks("docs/recipes.md", "recipe", tmp_path)["native.py"])
    assert isinstance(native, Native)
    assert native.data is None


@pytest.mark.parametrize(
    ("model", "heading"),
    [(Recipe, "## Keys"), (Blocks, "### Blocks"), (Schedule, "### Schedule"), (Runtime, "### Runtime")],
)
def test_every_key_is_documented_with_its_type_and_default(model: type[BaseModel], heading: str) -> None:
    text = section("docs/recipes.md", heading).split("\n### ")[0]
    documented = {key.strip("`"): (kind, default) for key, kind, default, _ in rows(text)}
    assert list(documented) == list(model.model_fields)
    for key, field in model.model_fields.items():
        kind, default = documented[key]
        assert default == _default(field.default), key
        for expected in _kinds(field.annotation):
            assert expected in kind, key


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "required"
    return "the defaults below" if isinstance(value, BaseModel) else repr(value)


def _kinds(annotation: Any) -> list[str]:
    """What the documented type of a key has to mention."""
    if get_origin(annotation) is Literal:
        return [repr(value) for value in get_args(annotation)]
    if get_origin(annotation) is dict:
        return ["dict"]
    if isinstance(annotation, types.UnionType) or get_args(annotation):
        return [kind for part in get_args(annotation) for kind in _kinds(part)]
    return [IN_WORDS[annotation]] if annotation in IN_WORDS else []

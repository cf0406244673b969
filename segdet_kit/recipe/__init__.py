"""Recipes: plain data in ``.py``, YAML, TOML or JSON, read without running anything."""

from segdet_kit.recipe.literals import read_assignments
from segdet_kit.recipe.recipe import (
    Blocks,
    ComponentRef,
    Native,
    Recipe,
    Runtime,
    Schedule,
    apply_settings,
    dump_recipe,
    from_data,
    make_recipe,
    read,
)

__all__ = [
    "Blocks",
    "ComponentRef",
    "Native",
    "Recipe",
    "Runtime",
    "Schedule",
    "apply_settings",
    "dump_recipe",
    "from_data",
    "make_recipe",
    "read",
    "read_assignments",
]

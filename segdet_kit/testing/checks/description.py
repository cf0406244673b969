"""Checks of what a plugin writes of any component."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from segdet_kit.components import Component
from segdet_kit.errors import RecipeError
from segdet_kit.recipe import read_assignments
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.subject import Subject

LONGEST_NAME, LONGEST_SUMMARY = 40, 100
RESERVED = {"type", "_delete_", "_base_", "_scope_"}


def well_formed(subject: Subject, component: Component) -> None:
    """Name and summary fit a line of ``plugins list``."""
    if len(component.name) > LONGEST_NAME:
        raise CheckFailure(
            f"the name has {len(component.name)} characters", f"use {LONGEST_NAME} at most: recipes write it"
        )
    if len(component.summary) > LONGEST_SUMMARY or component.summary != component.summary.strip():
        raise CheckFailure(
            f"the summary has {len(component.summary)} characters, or blanks around it",
            f"use {LONGEST_SUMMARY} at most: it is one line of a list",
        )


def defaults_survive(subject: Subject, component: Component) -> None:
    """The defaults, written as a run folder's config and read again as data, are the same."""
    from mmengine.config import Config

    if reserved := component.defaults.keys() & RESERVED:
        raise CheckFailure(
            f"defaults use {', '.join(sorted(reserved))}, which configs use themselves",
            "name the argument otherwise",
        )
    written, hint = dict(component.defaults), "give plain strings, numbers, lists, tuples and dicts of them"
    with TemporaryDirectory() as folder:
        config = Path(folder, "config.py")
        try:
            config.write_text(Config({"defaults": written}).pretty_text, encoding="utf-8")
            read = read_assignments(config)["defaults"]
        except (RecipeError, SyntaxError) as error:
            raise CheckFailure(
                f"defaults {written} cannot be read back from a config: {error}", hint
            ) from error
    if read != written:
        raise CheckFailure(f"defaults {written} become {read} in a config", hint)

"""Recipe and registry to an ordinary OpenMMLab config. A pure function, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from segdet_kit.assemble.build import Build
from segdet_kit.assemble.data import assemble_data, classes_of, stuff_of
from segdet_kit.assemble.kit_types import resolve_kit_types
from segdet_kit.assemble.layers import leaves
from segdet_kit.assemble.model import assemble_model
from segdet_kit.assemble.native import run_native
from segdet_kit.assemble.overrides import apply_overrides
from segdet_kit.assemble.schedule import assemble_schedule
from segdet_kit.catalog import Catalog
from segdet_kit.components import Exporter
from segdet_kit.errors import RecipeError
from segdet_kit.policy import check_types
from segdet_kit.recipe import Native, Recipe, apply_settings

__all__ = ["Assembled", "assemble"]

KIT_DEFAULT = "default of the component that kit: names"


@dataclass(frozen=True)
class Assembled:
    """An OpenMMLab config as plain data. ``origins``: the path of each leaf to where it came from."""

    config: dict[str, Any]
    origins: dict[str, str]
    source: Recipe | Native


def assemble(source: Recipe | Native, catalog: Catalog) -> Assembled:
    """Assemble a recipe, or complete a native config, and check it.

    Raises ``RecipeError`` for what does not fit together, ``PluginError`` for a component that nobody
    offers, ``PolicyError`` for a type that data may not name.
    """
    if isinstance(source, Native):
        return _complete(source, catalog)
    build = Build(source, catalog, classes_of(source, catalog), stuff_of(source, catalog))
    assemble_model(build)
    assemble_data(build)
    assemble_schedule(build)
    _name_exporters(build)
    apply_overrides(build)
    config = resolve_kit_types(build.layers.config, catalog)
    check_types(config, catalog.types())
    origins = {path: build.layers.origins.get(path, KIT_DEFAULT) for path in leaves(config, "")}
    return Assembled(config, origins, source)


def _name_exporters(build: Build) -> None:
    """Say which formats an export is written in. A name that nobody offers is told before training."""
    named: list[str | dict[str, Any]] = []
    for reference in build.recipe.exporters:
        exporter = build.catalog.get(Exporter, reference.type, build.recipe.task)
        if reference.args and exporter.takes == "graph":
            raise RecipeError(f"exporter {reference.type!r} takes no arguments in a recipe", "write its name")
        # Not by `type`: no registry of OpenMMLab's is to look it up.
        with_arguments = {"name": exporter.name, "arguments": reference.args}
        named.append(with_arguments if reference.args else exporter.name)
    if named:
        build.layers.set("exporters", named, build.said_at("exporters"))


def _complete(source: Native, catalog: Catalog) -> Assembled:
    """A native config has its ``kit:NAME`` types resolved; one that came as data is checked too."""
    config = (
        source.data if source.data is not None else apply_settings(run_native(source.path), source.settings)
    )
    config = resolve_kit_types(config, catalog)
    if source.data is not None:
        check_types(config, catalog.types())
    config.setdefault("work_dir", f"runs/{source.path.stem}")
    origins = {path: source.origins.get(path, str(source.path)) for path in leaves(config, "")}
    return Assembled(config, origins, source)

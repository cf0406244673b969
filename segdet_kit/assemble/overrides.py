"""A recipe's ``overrides``: OpenMMLab's own keys, merged last."""

from __future__ import annotations

from segdet_kit.assemble.build import Build
from segdet_kit.errors import RecipeError
from segdet_kit.suggest import nearest

OPTIONAL_KEYS = (
    "auto_scale_lr",
    "cfg",
    "compile",
    "custom_hooks",
    "data_preprocessor",
    "default_hooks",
    "experiment_name",
    "find_unused_parameters",
    "launcher",
    "log_processor",
    "sync_bn",
    "visualizer",
)
"""What mmengine's ``Runner.from_cfg`` reads beside the keys that every assembled config has."""


def apply_overrides(build: Build) -> None:
    """Merge the overrides into the config; a key that the runner does not read raises ``RecipeError``."""
    for key, value in build.recipe.overrides.items():
        known = (*build.layers.config, *OPTIONAL_KEYS)
        where = build.said_at(f"overrides.{key}")
        if key not in known:
            guess = nearest(key, known)
            raise RecipeError(
                f"{where}: nothing reads the override {key!r}",
                (f"did you mean {guess!r}? " if guess else "") + f"keys are: {', '.join(sorted(known))}",
            )
        build.layers.merge(key, value, where)

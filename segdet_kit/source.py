"""A trained model, as the command line names it: a run, a config and its weights, or an exported model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segdet_kit.artifact import is_artifact
from segdet_kit.assemble import Assembled, assemble
from segdet_kit.catalog import installed
from segdet_kit.errors import KitError, PolicyError
from segdet_kit.openmmlab import ops
from segdet_kit.recipe import Native, apply_settings, read, read_assignments

CONFIG = "config.py"
CHECKPOINTS = ("best.pth", "last.pth")
"""What a run folder holds, in the order of preference."""


@dataclass(frozen=True)
class Source:
    """A model's assembled config, as plain data, and its weights, or the folder of an exported model in their
    place. ``run``: the run folder both came from.
    """

    config: dict[str, Any]
    checkpoint: Path
    run: Path | None = None


def resolve(source: str | Path, checkpoint: Path | None = None, settings: Sequence[str] = ()) -> Source:
    """Find config and weights of a run folder, of an exported model, or of a config file with its weights.

    Raises ``KitError`` for a run that saved nothing yet and for a config without weights; and what
    ``assemble_source`` raises.
    """
    path = Path(source)
    config = assemble_source(path, settings).config
    if path.is_dir() and is_artifact(path):
        return Source(config, checkpoint or path)
    if path.is_dir():
        return Source(config, checkpoint or _checkpoint_of(path), path)
    if checkpoint is None:
        raise KitError(
            f"{path} is a config, and no weights are given",
            f"add them: {path} CHECKPOINT.pth; or name the run folder, which holds both",
        )
    return Source(config, checkpoint)


def assemble_source(path: Path, settings: Sequence[str] = ()) -> Assembled:
    """Assemble what a recipe, a config or a run folder says. ``settings``: those of ``--set``.

    A run's config is read as data and never executed; its ``settings`` are keys of that config. Raises
    ``KitError`` for a folder that is no run, and what reading and assembling raise.
    """
    ops.install()  # a native config is a program, and may import modules that need mmcv's operators
    if not path.is_dir():
        return assemble(read(path, settings), installed())
    config = path / CONFIG
    if not config.is_file():
        raise KitError(f"{path} is no run folder: it has no {CONFIG}", "segdet-kit train writes run folders")
    native = Native(config, apply_settings(read_assignments(config), settings))
    try:
        return assemble(native, installed())
    except PolicyError as error:
        raise PolicyError(
            error.message,
            f"{error.hint}; if the run was trained from a Python config of yours, "
            f"name that instead: CONFIG {path}/{CHECKPOINTS[0]}",
        ) from error


def _checkpoint_of(run: Path) -> Path:
    for name in CHECKPOINTS:
        if (run / name).is_file():
            return run / name
    raise KitError(
        f"run {run} has no checkpoint yet: neither {' nor '.join(CHECKPOINTS)}",
        f"train it first: segdet-kit train {run} --resume",
    )

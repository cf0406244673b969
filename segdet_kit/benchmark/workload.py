"""Opening what a spec names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segdet_kit.artifact import is_artifact, open_artifact
from segdet_kit.errors import KitError
from segdet_kit.recipe import Native
from segdet_kit.source import assemble_source, resolve
from segdet_kit.workload import Spec, Workload


def open_workload(spec: Spec) -> Workload:
    """Open a target. Raises ``KitError`` for what is not there, does not assemble or is not supported."""
    target = Path(spec.target)
    checkpoint = Path(spec.checkpoint) if spec.checkpoint else None
    if checkpoint is None and target.is_dir():
        checkpoint = resolve(target).checkpoint
    config = _config(spec, target)

    from segdet_kit.openmmlab.workloads import open_workload as opened

    return opened(spec, config, checkpoint)


def _config(spec: Spec, target: Path) -> Mapping[str, Any]:
    """Assemble a target's config: a recipe in the size of the spec, anything else is given that size."""
    assembled = assemble_source(target, spec.settings)
    if spec.size is None:
        return assembled.config
    if not isinstance(assembled.source, Native):
        return assemble_source(target, (*spec.settings, f"image_size={spec.size}")).config
    if spec.mode in ("train", "data"):
        raise KitError(
            f"--size cannot change the training pipeline of {target}, which is no recipe",
            "change it by --set train_dataloader.dataset.pipeline...",
        )
    exported = target.is_dir() and is_artifact(target)
    if exported and "height" not in open_artifact(target).manifest["input"]["dynamic"]:
        raise KitError(f"{target} was exported for images of one size", "export it without --fixed-size")
    from segdet_kit.openmmlab.workloads.size import with_size

    return with_size(assembled.config, spec.size)

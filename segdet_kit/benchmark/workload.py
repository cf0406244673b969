"""Opening what a spec names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segdet_kit.artifact import open_artifact
from segdet_kit.bundle.envelope import is_bundle
from segdet_kit.errors import KitError
from segdet_kit.recipe import Native
from segdet_kit.source import OPENED, assemble_source, resolve
from segdet_kit.workload import Spec, Workload


def open_workload(spec: Spec) -> Workload:
    """Open a target. Raises ``KitError`` for what is not there, does not assemble or is not supported."""
    target = Path(spec.target)
    checkpoint = Path(spec.checkpoint) if spec.checkpoint else None
    if target.is_dir() or is_bundle(target):
        model = resolve(target, checkpoint, spec.settings)
        OPENED.enter_context(model.building())  # until this process ends: a step runs the model too
        config, checkpoint = _sized(model.config, spec, target, model.checkpoint), model.checkpoint
    else:
        config = _assembled(spec, target)

    from segdet_kit.openmmlab.workloads import open_workload as opened

    return opened(spec, config, checkpoint)


def _assembled(spec: Spec, target: Path) -> Mapping[str, Any]:
    """Assemble a recipe in the size of the spec; a native config is given that size."""
    assembled = assemble_source(target, spec.settings)
    if spec.size is None or isinstance(assembled.source, Native):
        return _sized(assembled.config, spec, target)
    return assemble_source(target, (*spec.settings, f"image_size={spec.size}")).config


def _sized(
    config: Mapping[str, Any], spec: Spec, target: Path, checkpoint: Path | None = None
) -> Mapping[str, Any]:
    """Give a config that is no recipe the size of the spec. Raises ``KitError`` where that cannot be."""
    if spec.size is None:
        return config
    from segdet_kit.openmmlab.workloads import TRAINING
    from segdet_kit.openmmlab.workloads.size import with_size

    if spec.mode in TRAINING:
        raise KitError(
            f"--size cannot change the training pipeline of {target}, which is no recipe",
            "change it by --set train_dataloader.dataset.pipeline...",
        )
    exported = open_artifact(checkpoint).manifest if checkpoint and checkpoint.is_dir() else None
    if exported and "height" not in exported["input"]["dynamic"]:
        raise KitError(f"{target} was exported for images of one size", "export it without --fixed-size")
    return with_size(config, spec.size)

"""``segdet-kit export``: a trained model for runtimes without OpenMMLab."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from segdet_kit.catalog import installed
from segdet_kit.components import Exporter
from segdet_kit.errors import KitError
from segdet_kit.source import resolve


def export(
    source: str,
    checkpoint: Path | None,
    formats: Sequence[str],
    out: Path,
    fixed_size: bool,
    settings: Sequence[str],
) -> str:
    """Write a folder of ``out`` for each format, and return what was written and how well it agrees.

    Without ``formats`` they are those of the recipe's ``exporters``. Raises ``KitError`` where there are none
    of both, for a format that nobody offers, and what ``Export`` raises. What was written before stays.
    """
    model = resolve(source, checkpoint, settings)
    names = formats or model.config.get("exporters")
    if not names:
        offered = ", ".join(component.name for component in installed().components("exporter"))
        raise KitError(
            "no format is named, and the recipe has no exporters", f"--format NAME; there are: {offered}"
        )
    exporters = [installed().get(Exporter, name) for name in names]

    from segdet_kit.openmmlab.export.exporting import Export

    lines = []
    with model.building():
        exporting = Export(model.config, model.checkpoint, fixed_size)
        for exporter in exporters:
            sys.stderr.write(f"exporting to {exporter.name}\n")
            lines += _summary(out / exporter.name, exporting.write(exporter, out / exporter.name))
    return "\n".join(lines)


def _summary(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    agreement, images = manifest["agreement"], manifest["input"]
    errors = "".join(f", {name} within {error:.1e}" for name, error in agreement["max_error"].items())
    height, width = images["size"]
    size = "any size" if "height" in images["dynamic"] else f"{height} x {width} pixels"
    verdict = f"{agreement['same_predictions']:.2%} of predictions are the same{errors}"
    if not agreement["compared"]:
        verdict = f"the model finds nothing in them, so there was nothing to compare{errors}"
    lines = [
        str(folder),
        f"  images: uint8 RGB (N, H, W, 3), {size}; outputs: {', '.join(manifest['outputs'])}",
        f"  beside torch on {agreement['images']} test images: {verdict}",
    ]
    scores = [
        f"{name} {pair['artifact']:.4f}, torch {pair['torch']:.4f}"
        for name, pair in manifest["accuracy"]["scores"].items()
    ]
    if scores:
        lines.append(f"  scores on {manifest['accuracy']['images']} test images: {'; '.join(scores)}")
    return lines

"""``segdet-kit export``: a trained model for runtimes without OpenMMLab, and for other people."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from segdet_kit.catalog import installed
from segdet_kit.components import Exporter
from segdet_kit.errors import KitError
from segdet_kit.files import folder_written_whole
from segdet_kit.source import Source, SourceExporterTarget, resolve


def export(
    source: str,
    checkpoint: Path | None,
    formats: Sequence[str],
    out: Path,
    fixed_size: bool,
    settings: Sequence[str],
    options: Mapping[str, Any] | None = None,
) -> str:
    """Write a folder of ``out`` for each format, and return what was written and how well it agrees.

    Without ``formats`` they are those of the recipe's ``exporters``. Exporters that take a source are given
    the artifact of the other format, or else the model itself, and those of ``options`` that they have an
    argument for. Raises ``KitError`` where there are no formats, for one that nobody offers, for settings
    that do not suit, and what ``Export`` raises. What was written before stays.
    """
    model = resolve(source, checkpoint, settings)
    said = dict(_named(model.config.get("exporters") or ()))
    if not (formats or said):
        offered = ", ".join(component.name for component in installed().components("exporter"))
        raise KitError(
            "no format is named, and the recipe has no exporters", f"--format NAME; there are: {offered}"
        )
    exporters = [installed().get(Exporter, name) for name in dict.fromkeys(formats or said)]
    graphs = [exporter for exporter in exporters if exporter.takes == "graph"]
    wholes = [exporter for exporter in exporters if exporter.takes == "source"]
    _check_places(graphs, wholes, out)
    targets = _targets(wholes, said, options or {})

    lines: list[str] = []
    with model.building():
        if graphs:
            lines += _write_graphs(model, graphs, out, fixed_size)
            model = replace(model, checkpoint=out / graphs[0].name)
        for exporter, target in zip(wholes, targets, strict=True):
            sys.stderr.write(f"exporting to {exporter.name}\n")
            with folder_written_whole(out / exporter.name) as aside:
                target.write(model, aside)
            lines += target.deliver(out / exporter.name)
    return "\n".join(lines)


def _named(exporters: Sequence[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the names of a config's exporters, and the arguments that its recipe gave them."""
    for each in exporters:
        if not isinstance(each, str) and set(each) != {"name", "arguments"}:
            raise KitError(
                f"exporters holds {each!r}", "write a format's name, or dict(name=..., arguments=dict(...))"
            )
        yield (each, {}) if isinstance(each, str) else (each["name"], each["arguments"])


def _targets(
    exporters: Sequence[Exporter], said: Mapping[str, Mapping[str, Any]], options: Mapping[str, Any]
) -> list[SourceExporterTarget]:
    """Call the targets with what the recipe said of them, and with the options that they take."""
    from segdet_kit.openmmlab.preflight import import_object

    targets, unused = [], set(options)
    for exporter in exporters:
        target = import_object(exporter.type, f"exporter {exporter.name!r}")
        taken = inspect.signature(target).parameters.keys()
        unused -= taken
        chosen = {name: options[name] for name in options if name in taken}
        arguments = {**exporter.defaults, **said.get(exporter.name, {}), **chosen}
        try:
            inspect.signature(target).bind(**arguments)
        except TypeError as error:
            raise KitError(
                f"exporter {exporter.name!r}: {error}", f"see: segdet-kit plugins info {exporter.name}"
            ) from None
        targets.append(target(**arguments))
    if unused:
        spelled = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(unused))
        raise KitError(f"none of the formats takes {spelled}", "--format sealed-bundle does")
    return targets


def _check_places(graphs: Sequence[Exporter], wholes: Sequence[Exporter], out: Path) -> None:
    if wholes and len(graphs) > 1:
        raise KitError(
            f"{wholes[0].name} takes one model, and these are several: "
            f"{', '.join(exporter.name for exporter in graphs)}",
            "export them first, and then the folder of one of them",
        )
    for exporter in wholes:
        if (out / exporter.name).exists():
            raise KitError(f"{out / exporter.name} exists already", "export to another folder, or remove it")


def _write_graphs(model: Source, exporters: Sequence[Exporter], out: Path, fixed_size: bool) -> Iterator[str]:
    from segdet_kit.openmmlab.export.exporting import Export

    exporting = Export(model.config, model.checkpoint, fixed_size)
    for exporter in exporters:
        sys.stderr.write(f"exporting to {exporter.name}\n")
        yield from _summary(out / exporter.name, exporting.write(exporter, out / exporter.name))


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

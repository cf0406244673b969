"""Checks of exporters that take a whole model: on a small run, and on a small exported model."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from mmengine.config import Config

from segdet_kit.artifact import CONFIG, MANIFEST
from segdet_kit.assemble import assemble
from segdet_kit.components import Exporter
from segdet_kit.errors import KitError
from segdet_kit.openmmlab.preflight import import_object
from segdet_kit.openmmlab.runtime import build_model
from segdet_kit.recipe import make_recipe
from segdet_kit.source import Source
from segdet_kit.testing.cases import ExportCase
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.model import SIZE
from segdet_kit.testing.subject import Subject

RECIPE = {
    "task": "semantic",
    "data": {"type": "shapes", "train": 2, "val": 1, "test": 2, "image_size": SIZE},
    "image_size": SIZE,
    "backbone": {"type": "resnet18", "pretrained": False, "base_channels": 8},
    "head": "segformer",
}


def writes(subject: Subject, exporter: Exporter) -> None:
    """Of a run or an exported model it writes files that stand a move, and changes none of the model's."""
    case = subject.case(exporter, ExportCase, ExportCase(lambda _: nullcontext({})))
    with TemporaryDirectory() as folder:
        sources = _sources(subject, Path(folder))
        with _settings(case, Path(folder)) as settings:
            made = import_object(exporter.type, f"exporter {exporter.name!r}")
            target = made(**{**exporter.defaults, **settings})
            refusals = [_write(target, exporter, source, Path(folder)) for source in sources]
    if all(refusals):
        raise CheckFailure(
            f"it writes neither a run nor an exported model: {refusals[0]}", f"mend {exporter.target}"
        )


def _settings(case: ExportCase, folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    place = folder / "settings"
    place.mkdir()
    return case.settings(place)


def _write(target: Any, exporter: Exporter, source: Source, folder: Path) -> str | None:
    """Write one model. Return why it was refused, if it was."""
    before = _hashes(folder / "models")
    written, moved = folder / "written", folder / "moved"
    written.mkdir()
    try:
        target.write(source, written)
    except KitError as error:
        if error.hint:
            shutil.rmtree(written)
            return error.message
        raise
    if not any(path.is_file() for path in written.rglob("*")):
        raise CheckFailure("nothing was written", "let write(source, folder) write files into the folder")
    written.rename(moved)
    lines = target.deliver(moved)
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise CheckFailure(f"deliver returns {lines!r}", f"return a list of lines in {exporter.target}")
    if _hashes(folder / "models") != before:
        raise CheckFailure(
            "the model's own files were changed", f"leave them as they are in {exporter.target}"
        )
    shutil.rmtree(moved)
    return None


def _sources(subject: Subject, folder: Path) -> tuple[Source, Source]:
    """A run of random weights, and what stands for its export: the files are those of no runtime."""
    config = assemble(make_recipe(RECIPE), subject.catalog).config
    run, artifact = folder / "models" / "run", folder / "models" / "artifact"
    run.mkdir(parents=True)
    artifact.mkdir()
    weights = run / "best.pth"
    torch.save({"state_dict": build_model(Config(config), device="cpu").state_dict()}, weights)
    (artifact / "model.onnx").write_bytes(b"graph")
    digest = hashlib.sha256(b"graph").hexdigest()
    manifest = {
        "format": "onnx",
        "runtime": "onnxruntime",
        "task": "semantic",
        "files": {"model.onnx": digest},
    }
    (artifact / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    for place in (run, artifact):
        (place / CONFIG).write_text(Config(config).pretty_text, encoding="utf-8")
    return Source(config, weights, run), Source(config, artifact, run)


def _hashes(folder: Path) -> dict[Path, str]:
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()
    }

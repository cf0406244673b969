"""Export every head of the registry to every format, and write what came of it into docs/export.md.

``python tools/export_table.py`` takes some minutes: each head is built around a thin backbone with random
weights, and exported as ``segdet-kit export`` does it, its check beside torch included. Heads whose models
cannot be wrapped are refused at once. ``--head NAME`` prints the rows of one head, and writes nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from mmengine.config import Config

from segdet_kit.assemble import assemble
from segdet_kit.catalog import installed
from segdet_kit.components import Exporter, Head, Runtime, Task
from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.exporting import Export
from segdet_kit.openmmlab.runtime import build_model, prepare
from segdet_kit.recipe import make_recipe
from segdet_kit.testing.model import with_thin
from segdet_kit.testing.thin import THIN

PAGE = Path(__file__).parents[1] / "docs" / "export.md"
BEGIN, END = "<!-- BEGIN heads -->\n", "<!-- END heads -->"
SIZE = 160
"""Of the images: two pixels at stride 128."""
SPREAD = 0.05
"""Deviation of the random weights of heads, by which scores differ."""
FEWER = {"dino": {"model": {"num_queries": 100}}}
"""DINO chooses 900 of its places, and images of this size have 534."""


def exporters() -> list[Exporter]:
    """Return the exporters whose runtimes run on a CPU; those that seal what others wrote have none."""
    components = installed().components("exporter")
    found = [each for each in components if isinstance(each, Exporter) and each.runtime]
    return [each for each in found if "cpu" in installed().get(Runtime, each.runtime).devices]


def configured(head: Head, task: Task, folder: Path) -> Config:
    """Return the config of a thin model with this head, on generated shapes."""
    recipe = {
        "task": task,
        "data": {"type": "shapes", "root": str(folder / "shapes"), "train": 1, "val": 1, "test": 2},
        "image_size": SIZE,
        "head": head.name,
        "schedule": {"epochs": 1},
        "overrides": FEWER.get(head.name, {}),
        **({"backbone": THIN.name} if head.strides else {}),
    }
    return Config(assemble(make_recipe(recipe), with_thin(installed())).config)


def with_weights(config: Config, folder: Path) -> Path:
    """Write weights by which a model's scores differ, and return their file."""
    torch.manual_seed(0)
    model = build_model(config, device="cpu")
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1 and "head" in name:
                weight.normal_(std=SPREAD)
    torch.save({"state_dict": model.state_dict()}, folder / "weights.pth")
    return folder / "weights.pth"


def outcomes(head: Head, task: Task, formats: list[Exporter]) -> list[str]:
    """Return the cell of each format: any size, one size, or why not."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        config = configured(head, task, folder)
        weights = with_weights(config, folder)
        try:
            exports = [Export(config.to_dict(), weights, fixed_size=fixed) for fixed in (False, True)]
        except KitError as error:
            return [f"no: {error.message}"] * len(formats)
        return [_outcome(exports, exporter, folder) for exporter in formats]


def _outcome(exports: list[Export], exporter: Exporter, folder: Path) -> str:
    reasons = []
    for export, said in zip(exports, ("any size", "one size"), strict=True):
        try:
            export.write(exporter, folder / f"{exporter.name}-{said}")
        except KitError as error:
            reasons.append(error.message)
        else:
            return said
    return f"no: {reasons[-1]}"


def main() -> None:
    """Write the table, or print rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--head", help="only this one")
    only = parser.parse_args().head
    prepare()
    formats = exporters()
    lines = [
        f"| head | task | {' | '.join(exporter.name for exporter in formats)} |",
        f"|---|---|{'---|' * len(formats)}",
    ]
    for head in installed().components("head"):
        assert isinstance(head, Head)
        for task in head.tasks if only in (None, head.name) else ():
            cells = [cell.replace("|", "/")[:160] for cell in outcomes(head, task, formats)]
            lines.append(f"| `{head.name}` | {task} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    if only is None:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        table = "\n".join(lines) + "\n"
        aside = PAGE.with_suffix(".part")
        aside.write_text(before + BEGIN + table + END + after, encoding="utf-8")
        aside.replace(PAGE)


if __name__ == "__main__":
    main()

"""``segdet-kit train``: a recipe, a config or an unfinished run, into a run folder."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from segdet_kit.assemble import Assembled
from segdet_kit.catalog import Catalog, installed
from segdet_kit.commands.data_check import check_before_training
from segdet_kit.components import Metric
from segdet_kit.errors import KitError
from segdet_kit.recipe import Native, dump_recipe
from segdet_kit.source import CONFIG, assemble_source

RECIPE = "recipe.py"


def train(
    source: str, work_dir: Path | None, settings: Sequence[str], resume: bool, device: str, seed: int | None
) -> int:
    """Train, print where the run is and how it ended, and return the exit status.

    Raises ``KitError`` for a run folder without ``--resume``, and whatever reading, assembling and
    training raise.
    """
    settings = [*settings, *([f"seed={seed}"] if seed is not None else [])]
    path = Path(source)
    if (path / CONFIG).is_file():
        _check_resumes(path, work_dir, settings, resume)
        work_dir = path
    assembled = assemble_source(path, settings)
    from mmengine.config import Config

    from segdet_kit.openmmlab.heap import keep_freed_memory
    from segdet_kit.openmmlab.launching import place
    from segdet_kit.openmmlab.training import train as run

    keep_freed_memory()
    config = dict(assembled.config)
    folder = work_dir or Path(config["work_dir"])
    result = run(
        Config({**config, "work_dir": str(folder)}),
        folder,
        recipe=_asked_for(path, assembled),
        check_data=lambda: check_before_training(config, path, settings),
        device=device,
        resume=resume,
        best_key=best_key(config, installed()),
        plugins={offer.provider.distribution: offer.provider.version for offer in installed().offers},
    )
    lines = [f"{result.folder}: {result.step} steps in {result.seconds:.0f} s"]
    lines += [f"  {name:<24} {value:.4f}" for name, value in result.validation.items() if value is not None]
    if place().first:
        sys.stdout.write("\n".join(lines) + "\n")
    return result.exit_status


def best_key(config: Mapping[str, Any], catalog: Catalog) -> str | None:
    """Return the value that chooses the best checkpoint: the first metric's that names one."""
    known = {metric.type: metric for metric in catalog.components("metric") if isinstance(metric, Metric)}
    evaluators = config.get("val_evaluator") or ()
    for evaluator in [evaluators] if isinstance(evaluators, dict) else evaluators:
        metric = known.get(str(evaluator.get("type")))
        if metric is not None and metric.best:
            return metric.best
    return None


def _check_resumes(run: Path, work_dir: Path | None, settings: Sequence[str], resume: bool) -> None:
    if not resume:
        raise KitError(f"{run} is a run, not a recipe", f"to go on with it: segdet-kit train {run} --resume")
    if work_dir is not None or settings:
        raise KitError(
            f"{run} goes on as it was begun: --work-dir, --set and --seed cannot change it",
            "start a new run from the recipe instead",
        )


def _asked_for(path: Path, assembled: Assembled) -> str:
    """Return the text of what was asked for: a recipe with its ``extends`` and ``--set`` applied."""
    if path.is_dir():
        return (path / RECIPE).read_text(encoding="utf-8")
    source = assembled.source
    return path.read_text(encoding="utf-8") if isinstance(source, Native) else dump_recipe(source)

"""Scoring a model on the test split of its config."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.runtime import build_model, prepare
from segdet_kit.openmmlab.spread import spread
from segdet_kit.progress import track
from segdet_kit.results import Example

if TYPE_CHECKING:
    from segdet_kit.openmmlab.judging import Judge
    from segdet_kit.scoring.matching import Integers
    from segdet_kit.scoring.per_image import Judged

EXAMPLES = 6
PER_CLASS = "per_class"


@dataclass(frozen=True)
class Evaluation:
    """The scores of a test split.

    ``metrics``: ``prefix/name`` to value. ``per_class``: the same for each class. ``seconds``: loading,
    inference and scoring. ``examples``: a few images, spread evenly over the split. ``worst``: those of the
    lowest scores. ``tested``: what each image adds to the scores. ``confusion``: its rows are the truth,
    of objects and segments with none last. Both are None where no image has truth and prediction of one kind.
    """

    metrics: Mapping[str, float]
    per_class: Mapping[str, Mapping[str, float]]
    images: int
    seconds: float
    classes: tuple[str, ...]
    examples: Sequence[Example]
    worst: Sequence[Example]
    tested: Judged | None
    confusion: Integers | None


def evaluate(
    config: Mapping[str, Any],
    checkpoint: Path,
    device: str,
    runtime: str | None = None,
    precision: str | None = None,
) -> Evaluation:
    """Run the model of ``config`` over its test split and score it by its test evaluator.

    ``checkpoint``, ``runtime`` and ``precision``: as in ``build_model``. Progress goes to stderr. Raises
    ``KitError`` for a config without a test split, and what building a model, a data set and loading weights
    raise.
    """
    missing = [key for key in ("test_dataloader", "test_evaluator") if not config.get(key)]
    if missing:
        raise KitError(f"the config has no {' and no '.join(missing)}", "there is nothing to test on")
    prepare()
    from mmengine.config import Config
    from mmengine.evaluator import Evaluator
    from mmengine.runner import Runner

    from segdet_kit.openmmlab.judging import Judge
    from segdet_kit.openmmlab.loading import check_samples
    from segdet_kit.openmmlab.preflight import check_types
    from segdet_kit.openmmlab.recording import numbers
    from segdet_kit.openmmlab.state import isolated

    settings = Config(dict(config))
    check_types({key: settings[key] for key in ("default_scope", "test_dataloader", "test_evaluator")})
    model = build_model(settings, checkpoint, device, runtime, precision)
    # OpenMMLab's own data sets and metrics print; stdout is for results.
    with isolated(device, settings.default_scope), redirect_stdout(sys.stderr):
        loader = Runner.build_dataloader(settings.test_dataloader)
        check_samples(loader.dataset, settings.test_dataloader.dataset)
        evaluator = Evaluator(settings.test_evaluator)
        evaluator.dataset_meta = loader.dataset.metainfo
        started = time.perf_counter()
        judge = Judge(loader.dataset.metainfo)
        examples = list(_run(model, loader, evaluator, judge))
        scores = evaluator.evaluate(len(loader.dataset))
        seconds = time.perf_counter() - started
    classes = tuple(loader.dataset.metainfo["classes"])
    return Evaluation(
        metrics=numbers(scores),
        per_class=_per_class(scores, classes),
        images=len(loader.dataset),
        seconds=seconds,
        classes=classes,
        examples=examples,
        worst=judge.worst(),
        tested=judge.tested(),
        confusion=judge.confusion,
    )


def _run(model: Any, loader: Any, evaluator: Any, judge: Judge) -> Iterator[Example]:
    """Hand every prediction to the evaluator and to the judge, and yield the examples."""
    import torch

    total = len(loader.dataset)
    wanted = spread(total, EXAMPLES)
    position = 0
    for batch in track(loader, len(loader), "testing"):
        with torch.inference_mode():
            samples = model.test_step(batch)
        evaluator.process(data_samples=samples, data_batch=batch)
        for sample, inputs in zip(samples, batch["inputs"], strict=True):
            judge.add(sample, inputs)
            if position in wanted:
                yield _example(sample, inputs, loader.dataset.metainfo)
            position += 1


def _example(sample: Any, inputs: Any, metainfo: Mapping[str, Any]) -> Example:
    from segdet_kit.openmmlab.conversion import ground_truth, prediction
    from segdet_kit.openmmlab.pictures import picture

    return Example(
        name=Path(sample.img_path).name,
        image=picture(sample, inputs),
        truth=ground_truth(sample, metainfo),
        prediction=prediction(sample, len(metainfo["classes"])),
    )


def _per_class(scores: Mapping[str, Any], classes: Sequence[str]) -> dict[str, dict[str, float]]:
    """Join what the metrics say of each class, under the names that overall values have."""
    joined: dict[str, dict[str, float]] = {name: {} for name in classes}
    for key, tables in scores.items():
        if key.rpartition("/")[2] != PER_CLASS:
            continue
        prefix = key.removesuffix(PER_CLASS)
        for name, values in tables.items():
            joined[name] |= {f"{prefix}{metric}": float(value) for metric, value in values.items()}
    return joined

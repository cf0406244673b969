"""Checks of runtimes: a small model, or a small graph that was exported, finds what it finds in torch."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch

from segdet_kit.components import Exporter, Head, Runtime
from segdet_kit.errors import KitError
from segdet_kit.openmmlab.runtimes import TORCH, device_of, make
from segdet_kit.testing.build import openmmlab
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.checks.exporter import compare
from segdet_kit.testing.model import make_trial
from segdet_kit.testing.subject import Subject

TOLERANCE = 1e-4
HEAD = "segformer"
"""Of the small model that a runtime of checkpoints runs: its logits are compared."""


def equals_torch(subject: Subject, runtime: Runtime) -> None:
    """It finds what torch finds: of checkpoints by a small segmenter, of files by those of each exporter.

    Of checkpoints' runtimes whose device is missing here no more is known than that they can be made.
    """
    if TORCH in runtime.runs:
        _runs_models(subject, runtime)
        return
    exporters = [
        exporter
        for exporter in subject.catalog.components("exporter")
        if isinstance(exporter, Exporter)
        and {*exporter.formats} & {*runtime.runs}
        and exporter.precision == runtime.precisions[0]
    ]
    if not exporters:
        raise CheckFailure(
            f"no exporter writes what it runs: {', '.join(runtime.runs)}, in {runtime.precisions[0]}",
            "offer one by register_exporters, or correct runs",
        )
    for exporter in exporters:
        compare(exporter, runtime, runtime.target)


def _runs_models(subject: Subject, runtime: Runtime) -> None:
    made = make(runtime)
    try:
        device = device_of(runtime, "auto")
    except KitError:  # which is what a user gets here too, before the runtime is asked
        return
    with openmmlab("semantic"), torch.inference_mode():
        trial = make_trial(subject, subject.catalog.get(Head, HEAD, "semantic"), "semantic")
        model = trial.model.to(device).eval()
        expected = _logits(model, trial.testing)
        found = _logits(made.prepare(model, runtime.precisions[0]), trial.testing)
    for ours, theirs in zip(expected, found, strict=True):
        if not torch.allclose(ours, theirs, TOLERANCE, TOLERANCE):
            raise CheckFailure(
                f"logits are not torch's: off by {(ours - theirs).abs().max():.2g}", f"mend {runtime.target}"
            )


def _logits(model: Any, batch: Any) -> list[torch.Tensor]:
    return [sample.seg_logits.data for sample in model.test_step(deepcopy(batch))]

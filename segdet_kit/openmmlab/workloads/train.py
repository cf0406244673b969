"""A recipe's own training iterations."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from mmengine.config import Config

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.feeding import fed
from segdet_kit.openmmlab.heap import keep_freed_memory
from segdet_kit.openmmlab.runtime import build_runner
from segdet_kit.openmmlab.state import isolated
from segdet_kit.openmmlab.training import check_fills_a_batch
from segdet_kit.openmmlab.workloads.clock import Clock, timer_of
from segdet_kit.openmmlab.workloads.data import endless
from segdet_kit.openmmlab.workloads.facts import common_facts, parameters
from segdet_kit.openmmlab.workloads.split import split_training
from segdet_kit.workload import Spec

VALIDATION = ("val_dataloader", "val_cfg", "val_evaluator")


class Train:
    """Stages: ``data`` waits for the loader, copies to the device and normalises; then ``forward`` up to the
    losses, ``backward``, and ``optimiser``. Learning rates stay as they begin.
    """

    def __init__(self, spec: Spec, config: Mapping[str, Any], checkpoint: Path | None) -> None:
        if spec.runtime:
            raise KitError(
                f"runtime {spec.runtime!r} predicts, and does not train",
                "a training's own settings are: --set runtime.channels_last=True and runtime.compile=True",
            )
        self._spec, self._checkpoint = spec, checkpoint
        keep_freed_memory()  # as segdet-kit train does
        settings = _of_training(spec, config, checkpoint)
        self._precision = settings.runtime.get("precision", "fp32")
        self._scope = settings.default_scope
        with tempfile.TemporaryDirectory() as logs, isolated(spec.device, self._scope) as self._device:
            runner = build_runner(settings, Path(logs))
            loop = runner.train_loop
            check_fills_a_batch(loop.dataloader)
            loop.run = lambda: runner.model  # the runner makes all ready for its loop, which this class is
            runner.train()
        self.model: Any = runner.model.train()
        self._optim_wrapper = runner.optim_wrapper
        method = getattr(loop, "method", None)
        self._train_step = partial(method.train_step, self.model) if method else self.model.train_step
        self._batches = iter(fed(endless(loop.dataloader), self._device))
        self._clock = Clock(timer_of(self._device))
        self.images_per_step = spec.batch_size
        split_training(self.model, self._optim_wrapper, self._clock)

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What is known of the target."""
        return {
            **common_facts(self._spec),
            **({"weights": str(self._checkpoint)} if self._checkpoint else {}),
            "parameters": parameters(self.model),
            "precision": self._precision,
            "notes": ["Hooks, logging, validation and saving are not measured."],
        }

    def step(self) -> Mapping[str, float]:
        """Make one iteration."""
        with isolated(self._device, self._scope):
            self._clock.start("data")
            batch = next(self._batches)
            self._train_step(batch, optim_wrapper=self._optim_wrapper)
            return self._clock.stop()


def _of_training(spec: Spec, config: Mapping[str, Any], checkpoint: Path | None) -> Config:
    settings = Config(dict(config))
    settings.train_dataloader.batch_size = spec.batch_size
    settings.setdefault("runtime", {})
    if spec.precision:
        settings.runtime.precision = spec.precision
    if checkpoint:
        settings.load_from = str(checkpoint)
    settings.default_hooks = {**settings.get("default_hooks", {}), "checkpoint": None}
    settings.update(dict.fromkeys(VALIDATION))
    return settings

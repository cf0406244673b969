"""The training data pipeline alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from segdet_kit.openmmlab.preflight import check_types
from segdet_kit.openmmlab.state import isolated
from segdet_kit.openmmlab.training import check_fills_a_batch
from segdet_kit.openmmlab.workloads.clock import Clock, HostTimer
from segdet_kit.openmmlab.workloads.facts import common_facts
from segdet_kit.workload import Spec


class Data:
    """One stage, ``data``: waiting for the next batch of the recipe's loader, with its workers."""

    def __init__(self, spec: Spec, config: Mapping[str, Any], checkpoint: Path | None) -> None:
        del checkpoint  # no model is built
        self._spec = spec
        settings = Config(dict(config))
        settings.train_dataloader.batch_size = spec.batch_size
        self._scope = settings.default_scope
        check_types({"default_scope": self._scope, "train_dataloader": settings.train_dataloader})
        with isolated(spec.device, self._scope) as self._device:
            loader = Runner.build_dataloader(settings.train_dataloader)
        check_fills_a_batch(loader)
        self._workers = loader.num_workers
        self._batches = endless(loader)
        self._clock = Clock(HostTimer())
        self.images_per_step = spec.batch_size

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What is known of the target."""
        return common_facts(self._spec) | {"workers": self._workers}

    def step(self) -> Mapping[str, float]:
        """Load one batch."""
        with isolated(self._device, self._scope):
            self._clock.start("data")
            next(self._batches)
            return self._clock.stop()


def endless(loader: torch.utils.data.DataLoader[Any]) -> Iterator[Any]:
    """Yield batches, epoch after epoch."""
    for epoch in itertools.count():
        if hasattr(loader.sampler, "set_epoch"):
            loader.sampler.set_epoch(epoch)
        yield from loader

"""Writes what a training measures into its run folder: ``metrics.jsonl`` and ``curves.png``."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_world_size
from mmengine.hooks import Hook

from segdet_kit.openmmlab.curves import draw
from segdet_kit.openmmlab.metrics_log import MetricsLog


class RecordingHook(Hook):
    """Adds a line every ``interval`` iterations, at the end of each epoch and for each validation.

    A line's losses are means over the iterations since the line before it in the same epoch; of several
    processes they are this one's.
    """

    priority = 60  # after mmengine's own bookkeeping, before learning rates move on

    def __init__(self, metrics: MetricsLog, curves: Path, interval: int) -> None:
        self.metrics = metrics
        self.curves = curves
        self.interval = interval
        self._images = 0
        self._since = 0.0

    def before_train_epoch(self, runner: Any) -> None:
        """Start the clock anew: what came between two epochs was no training."""
        self._images, self._since = 0, time.perf_counter()

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Write a line when one is due."""
        self._images += len(data_batch["inputs"]) * get_world_size()
        step, last = runner.iter + 1, len(runner.train_dataloader)
        done = (step - 1) % last + 1  # of this epoch
        if done % self.interval and done != last and step != runner.max_iters:
            return
        window = done % self.interval or min(self.interval, done)
        scalars = runner.message_hub.log_scalars
        means = {key: scalars[f"train/{key}"].mean(window) for key in sorted(outputs or {})}
        record: dict[str, Any] = {"step": step, "epoch": epochs(runner, step)}
        record["loss"] = float(means.pop("loss"))
        record |= {key: float(value) for key, value in means.items()}
        # Weights can have learning rates of their own; mmengine then keeps the schedule's as a base.
        record["lr"] = float((scalars.get("train/base_lr") or scalars["train/lr"]).current())
        now = time.perf_counter()
        record["images_per_second"] = round(self._images / (now - self._since), 2)
        self._images, self._since = 0, now
        self.metrics.append(record)

    def after_val_epoch(self, runner: Any, metrics: dict[str, Any] | None = None) -> None:
        """Write the validation's numbers and draw the curves."""
        epoch = epochs(runner, runner.iter)
        self.metrics.append({"step": runner.iter, "epoch": epoch, "val": numbers(metrics or {})})
        draw(self.metrics.records, self.curves)


def epochs(runner: Any, step: int) -> int:
    """Return the epoch, from 1, of the ``step``-th iteration: also of a loop that counts none."""
    return math.ceil(step / len(runner.train_dataloader))


def numbers(values: dict[str, Any]) -> dict[str, float]:
    """Pick the plain numbers of what metrics returned: Python's, numpy's and torch's scalars."""
    scalars = (int, float, np.number, torch.Tensor, np.ndarray)
    return {
        key: float(value)
        for key, value in values.items()
        if isinstance(value, scalars) and np.size(value) == 1
    }

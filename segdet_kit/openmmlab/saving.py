"""Writes ``last.pth`` and ``best.pth``, each whole, and stops the loop when asked to."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook

from segdet_kit.errors import KitError
from segdet_kit.files import written_whole
from segdet_kit.openmmlab import rng
from segdet_kit.openmmlab.metrics_log import MetricsLog
from segdet_kit.openmmlab.stopping import Stopped, StopRequest

SECONDS_BETWEEN = 600
"""A long epoch is saved about this often."""


class SavingHook(Hook):
    """Saves after the last iteration of an epoch, now and then within it, and before stopping.

    ``last.pth`` always stands between an iteration and what follows: so a resumed run does the end of
    the epoch, its validation included, as the first run would have done. It holds what mmengine's
    checkpoints lack: the states of the random number generators, and gradients that were accumulated
    but not yet applied. A resumed run takes them over before its first iteration.
    ``saved_step``: how many iterations the newest checkpoint holds.
    ``best_key``: the validation value, larger being better, that chooses ``best.pth``.
    """

    priority = 100  # after every hook that changes what is saved

    def __init__(self, folder: Path, metrics: MetricsLog, best_key: str | None, stop: StopRequest) -> None:
        self.folder = folder
        self.metrics = metrics
        self.best_key = best_key
        self.stop = stop
        self.saved_step = 0
        self._saved_at = time.monotonic()
        self._resumed: dict[str, Any] | None = None

    def before_save_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Add the generators' states and the pending gradients."""
        checkpoint["generators"] = rng.capture()
        checkpoint["gradients"] = {
            name: parameter.grad.cpu()
            for name, parameter in runner.model.named_parameters()
            if parameter.grad is not None
        }

    def after_load_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Rewind the metrics of a resumed run, and keep its state until all is built, which draws too."""
        if runner.cfg.get("resume"):
            self.saved_step = checkpoint["meta"]["iter"]
            self.metrics.rewind(self.saved_step)
            self._resumed = checkpoint

    def before_train(self, runner: Any) -> None:
        """Take over the state of a resumed run."""
        if self._resumed is None:
            return
        rng.restore(self._resumed["generators"])
        for name, parameter in runner.model.named_parameters():
            if name in self._resumed["gradients"]:
                parameter.grad = self._resumed["gradients"][name].to(parameter.device)
        self._resumed = None

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Save if it is time to, and leave the loop if someone asked for it."""
        done = runner.iter + 1
        ends = done % len(runner.train_dataloader) == 0 or done == runner.max_iters
        if ends or self.stop.signal or time.monotonic() - self._saved_at > SECONDS_BETWEEN:
            self._save(runner, "last.pth", {"epoch": runner.epoch, "iter": done})
        self._stop_if_asked()

    def after_val_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Leave a validation when asked: it is done anew on resuming."""
        self._stop_if_asked()

    def after_val_epoch(self, runner: Any, metrics: dict[str, Any] | None = None) -> None:
        """Keep the weights if they are the best so far."""
        if self.best_key is None:
            return
        if self.best_key not in (metrics or {}):
            raise KitError(
                f"the validation has no value {self.best_key!r} to choose the best checkpoint by",
                f"it has: {', '.join(sorted(metrics or {}))}",
            )
        best = self.metrics.best(self.best_key)
        if best is None or best[1] == runner.iter:
            self._save(runner, "best.pth", {"epoch": runner.epoch, "iter": runner.iter})

    def _save(self, runner: Any, name: str, position: dict[str, int]) -> None:
        with written_whole(self.folder / name) as aside:
            runner.save_checkpoint(str(aside.parent), aside.name, meta=dict(position))
        self.saved_step, self._saved_at = position["iter"], time.monotonic()

    def _stop_if_asked(self) -> None:
        if self.stop.signal:
            raise Stopped

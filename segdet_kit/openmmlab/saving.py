"""Writes ``last.pth`` and ``best.pth``, each whole, and stops the loop when asked to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.dist import get_rank, get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from torch import Tensor, nn

from segdet_kit.errors import KitError
from segdet_kit.files import written_whole
from segdet_kit.openmmlab import rng
from segdet_kit.openmmlab.metrics_log import MetricsLog
from segdet_kit.openmmlab.processes import gathered, greatest, mean
from segdet_kit.openmmlab.stopping import Stopped, StopRequest

SECONDS_BETWEEN = 600
"""A long epoch is saved about this often."""

GO_ON, SAVE, STOP = range(3)


class SavingHook(Hook):
    """Saves after the last iteration of an epoch, now and then within it, and before stopping.

    ``last.pth`` always stands between an iteration and what follows: so a resumed run does the end of
    the epoch, its validation included, as the first run would have done. It holds what mmengine's
    checkpoints lack: the states of the random number generators of each process, and gradients that were
    accumulated but not yet applied. A resumed run takes them over before its first iteration. Of several
    processes the first one writes, and all stop when one is asked to.
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
        self._state: dict[str, Any] = {}

    def before_save_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Add the generators' states and the pending gradients."""
        checkpoint |= self._state

    def after_load_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Rewind the metrics of a resumed run, and keep its state until all is built, which draws too."""
        if runner.cfg.get("resume"):
            self.saved_step = checkpoint["meta"]["iter"]
            if is_main_process():
                self.metrics.rewind(self.saved_step)
            self._resumed = checkpoint

    def before_train(self, runner: Any) -> None:
        """Take over the state of a resumed run."""
        if self._resumed is None:
            return
        generators = self._resumed["generators"]
        if len(generators) != get_world_size():
            raise KitError(
                f"this run was trained by {len(generators)} processes, and there are {get_world_size()}",
                "go on with as many: others would get other images",
            )
        rng.restore(generators[get_rank()])
        for name, parameter in _named_parameters(runner.model):
            if name in self._resumed["gradients"]:
                parameter.grad = self._resumed["gradients"][name].to(parameter.device)
        self._resumed = None

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Save if it is time to, and leave the loop if someone asked for it."""
        done = runner.iter + 1
        ends = done % len(runner.train_dataloader) == 0 or done == runner.max_iters
        due = ends or time.monotonic() - self._saved_at > SECONDS_BETWEEN
        wish = greatest(STOP if self.stop.signal else SAVE if due else GO_ON)
        if wish != GO_ON:
            self._state = {"generators": gathered(rng.capture()), "gradients": _pending(runner.model)}
            self._save(runner, "last.pth", {"epoch": runner.epoch, "iter": done})
            self._state = {}
        if wish == STOP:
            raise Stopped

    def after_val_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Leave a validation when asked: it is done anew on resuming. Several processes finish it."""
        if self.stop.signal and get_world_size() == 1:
            raise Stopped

    def after_val_epoch(self, runner: Any, metrics: dict[str, Any] | None = None) -> None:
        """Keep the weights if they are the best so far."""
        if self.best_key is None:
            return
        if self.best_key not in (metrics or {}):
            raise KitError(
                f"the validation has no value {self.best_key!r} to choose the best checkpoint by",
                f"it has: {', '.join(sorted(metrics or {}))}",
            )
        if not is_main_process():
            return
        best = self.metrics.best(self.best_key)
        if best is None or best[1] == runner.iter:
            self._save(runner, "best.pth", {"epoch": runner.epoch, "iter": runner.iter})

    def _save(self, runner: Any, name: str, position: dict[str, int]) -> None:
        if is_main_process():
            with written_whole(self.folder / name) as aside:
                runner.save_checkpoint(str(aside.parent), aside.name, meta=dict(position))
        self.saved_step, self._saved_at = position["iter"], time.monotonic()


def _pending(model: nn.Module) -> dict[str, Tensor]:
    """Return the accumulated gradients, of several processes the mean: it adds up to the same step."""
    named = _named_parameters(model)
    return {name: mean(parameter.grad).cpu() for name, parameter in named if parameter.grad is not None}


def _named_parameters(model: Any) -> Iterator[tuple[str, nn.Parameter]]:
    yield from (model.module if is_model_wrapper(model) else model).named_parameters()

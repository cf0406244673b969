"""Tells how a training is getting on, on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any

from mmengine.hooks import Hook

from segdet_kit.openmmlab.metrics_log import MetricsLog
from segdet_kit.openmmlab.recording import epochs


class ProgressHook(Hook):
    """Shows epoch, loss, images per second and the time left.

    It reads the newest line of the metrics, so that the screen and the file say the same.
    """

    priority = 65  # after the line is written

    def __init__(self, metrics: MetricsLog) -> None:
        self.metrics = metrics
        self._bar: Any = None
        self._started = 0.0
        self._first = 0

    def before_train(self, runner: Any) -> None:
        """Put up the bar, if there is a terminal to put it on."""
        self._started, self._first = time.monotonic(), runner.iter
        if sys.stderr.isatty():
            self._bar = _bar(runner.iter, runner.max_iters)
            self._bar.start()

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Move the bar, or print the line that was just recorded."""
        done = runner.iter + 1
        newest = self.metrics.records[-1] if self.metrics.records else {}
        if self._bar is not None:
            rate, loss = newest.get("images_per_second", 0), newest.get("loss") or float("nan")
            self._bar.update(
                0,
                completed=done,
                description=f"epoch {epochs(runner, done)}/{epochs(runner, runner.max_iters)}",
                **({"loss": f"loss {loss:.4g}", "rate": f"{rate:.1f} images/s"} if "loss" in newest else {}),
            )
        elif newest.get("step") == done and "loss" in newest:
            left = (time.monotonic() - self._started) / (done - self._first) * (runner.max_iters - done)
            say(
                f"epoch {newest['epoch']}/{epochs(runner, runner.max_iters)}  step {done}/{runner.max_iters}"
                f"  loss {newest['loss'] if newest['loss'] is not None else float('nan'):.4g}"
                f"  {newest['images_per_second']:.1f} images/s  {duration(left)} left"
            )

    def after_val_epoch(self, runner: Any, metrics: dict[str, Any] | None = None) -> None:
        """Print the validation's numbers."""
        newest = self.metrics.records[-1]
        text = "  ".join(f"{name} {value:.4g}" for name, value in newest["val"].items() if value is not None)
        line = f"epoch {newest['epoch']}/{epochs(runner, runner.max_iters)}  validation  {text}"
        self._bar.console.print(line, markup=False, highlight=False) if self._bar is not None else say(line)

    def close(self) -> None:
        """Take the bar away, however the training ended."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def say(line: str) -> None:
    """Print a line on stderr at once."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - progress is this module's output


def duration(seconds: float) -> str:
    """Write seconds as people do: ``42s``, ``3m 05s``, ``2h 10m``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes:02}m"
    return f"{minutes}m {rest:02}s" if minutes else f"{rest}s"


def _bar(done: int, total: int) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[loss]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    bar = Progress(*columns, console=Console(stderr=True))
    bar.add_task("starting", total=total, completed=done, loss="", rate="")
    return bar

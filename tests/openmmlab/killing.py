"""Trains the thin segmenter in a process of its own, which kills itself at a chosen moment.

Usage: killing.py PICTURES RUN_FOLDER MOMENT. Only the moment of death is made up: everything else is
what a user's training does.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from pathlib import Path
from typing import Any


def die(*_args: Any, **_kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(moment: str, folder: Path) -> None:
    """Arrange for death. Iterations are counted over the whole training, from 0."""
    from segdet_kit.openmmlab import metrics_log, recording, saving

    replace, append = Path.replace, metrics_log.MetricsLog.append
    if moment == "half of a checkpoint is written":
        writes = []

        def write_half(state: Any, filename: str, **_kwargs: Any) -> None:
            writes.append(filename)
            if len(writes) == 2:
                Path(filename).write_bytes(b"PK\x03\x04 half a checkpoint")
                die()
            stock_save(state, filename, **_kwargs)

        from mmengine.runner import runner

        stock_save = runner.save_checkpoint
        runner.save_checkpoint = write_half
    elif moment == "a checkpoint is written but not in place":
        Path.replace = lambda self, to: die() if (folder / "last.pth").exists() else replace(self, to)  # type: ignore[method-assign]
    elif moment == "half of a line is written":

        def append_half(self: Any, record: Any) -> None:
            append(self, record)
            if len(self.records) == 4:
                self.path.write_text(self.path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
                die()

        metrics_log.MetricsLog.append = append_half  # type: ignore[method-assign]
    elif moment == "a validation is recorded":
        recording.draw = die
    elif moment == "an iteration is done":
        stock = saving.SavingHook.after_train_iter

        def after_train_iter(self: Any, runner: Any, *args: Any, **kwargs: Any) -> None:
            stock(self, runner, *args, **kwargs)
            if runner.iter == 4:
                die()

        saving.SavingHook.after_train_iter = after_train_iter  # type: ignore[method-assign]
    elif moment == "nothing is trained":
        saving.SavingHook.before_train = die  # type: ignore[method-assign]
    else:
        raise ValueError(moment)


def main() -> None:
    pictures, folder, moment = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("tiny", Path(__file__).with_name("conftest.py"))
    assert spec is not None
    assert spec.loader is not None
    tiny = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tiny)
    from mmengine.config import Config

    from segdet_kit.openmmlab.runtime import prepare
    from segdet_kit.openmmlab.training import train

    prepare()
    die_at(moment, Path(folder))
    train(Config(tiny.segmenter(Path(pictures))), Path(folder), recipe="", best_key="mIoU")


if __name__ == "__main__":
    main()

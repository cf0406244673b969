"""Trains the thin segmenter in one of several processes: torchrun several.py PICTURES RUN_FOLDER WHAT."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from pathlib import Path
from typing import Any

GROUP_NORM = {"type": "GN", "num_groups": 4, "requires_grad": True}


def tiny() -> Any:
    """The configs of the tests beside this file."""
    spec = importlib.util.spec_from_file_location("tiny", Path(__file__).with_name("conftest.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def exact(pictures: Path, batch_size: int) -> dict[str, Any]:
    """A config of which a batch's gradient is the mean of those of its parts, with five validation images."""
    config: dict[str, Any] = tiny().segmenter(pictures)
    model = config["model"]
    model["backbone"]["norm_cfg"] = model["decode_head"]["norm_cfg"] = GROUP_NORM
    model["decode_head"]["dropout_ratio"] = 0.0
    config["train_dataloader"]["batch_size"] = batch_size
    config["val_dataloader"] = config["val_dataloader"] | {
        "dataset": config["val_dataloader"]["dataset"] | {"indices": 5}
    }
    return config


def accumulating(pictures: Path) -> dict[str, Any]:
    """A config with batch normalisation, dropout, averaged weights and gradients of two iterations."""
    config: dict[str, Any] = tiny().segmenter(pictures)
    config["train_dataloader"]["batch_size"] = 1
    config["optim_wrapper"]["accumulative_counts"] = 2
    config["custom_hooks"] = [{"type": "EMAHook", "ema_type": "mmdet.ExpMomentumEMA"}]
    return config


def signal_the_second(iteration: int) -> None:
    """Send SIGTERM to the second process alone, in an iteration, counted from 0."""
    from segdet_kit.openmmlab import saving

    stock = saving.SavingHook.after_train_iter

    def after_train_iter(self: Any, runner: Any, *args: Any, **kwargs: Any) -> None:
        if runner.iter == iteration and os.environ["RANK"] == "1":
            os.kill(os.getpid(), signal.SIGTERM)
        stock(self, runner, *args, **kwargs)

    saving.SavingHook.after_train_iter = after_train_iter  # type: ignore[method-assign]


def main() -> None:
    pictures, folder, what = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    from mmengine.config import Config

    from segdet_kit.openmmlab.runtime import prepare
    from segdet_kit.openmmlab.training import train

    prepare()
    if what == "stopped":
        signal_the_second(1)
    config = exact(pictures, 1) if what in ("exact", "idle") else accumulating(pictures)
    if what == "idle":  # the backbone's last stage, which the head does not read
        config["model"]["decode_head"] |= {"in_index": 2, "in_channels": 32}
    train(Config(config), folder, recipe="", best_key="mIoU", device="cpu", resume=what == "resumed")


if __name__ == "__main__":
    main()

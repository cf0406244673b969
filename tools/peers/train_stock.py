"""Train a recipe as the training scripts of mmdet and mmseg do, and score it, for a comparison with the kit.

python tools/peers/train_stock.py RECIPE WORK_DIR [--seed N] [--set KEY=VALUE]

Model, weights, data, augmentations, batch size, epochs, schedule and metrics are those that ``segdet-kit
show`` prints. Loop, sampler, hooks and checkpoints are mmengine's, in float32: its mixed precision refuses a
CPU. As in a run of the kit, the checkpoint that the validation split chose is scored on the test split.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner
from stock import use_stock_loop

from segdet_kit.openmmlab import ops
from segdet_kit.source import assemble_source


def as_stock(config: Config, work_dir: Path) -> Config:
    """Return the config with mmengine's loop, sampler, hooks and checkpoints in place of the kit's."""
    stock = config.copy()
    stock.work_dir = str(work_dir)
    use_stock_loop(stock)
    stock.log_level = "INFO"
    stock.default_hooks = {
        "logger": {"type": "LoggerHook", "interval": 10},
        "checkpoint": {
            "type": "CheckpointHook",
            "interval": stock.train_cfg.val_interval,
            "max_keep_ckpts": 1,
            "save_best": "auto",
            "rule": "greater",
        },
    }
    return stock


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipe")
    parser.add_argument("work_dir", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", dest="changes", action="append", default=[], help="as of segdet-kit train")
    asked = parser.parse_args()
    changes = [f"seed={asked.seed}", *asked.changes]
    assembled = assemble_source(Path(asked.recipe), changes).config
    ops.install()
    started = time.perf_counter()
    runner = Runner.from_cfg(as_stock(Config(assembled), asked.work_dir))
    runner.train()
    seconds = time.perf_counter() - started
    (best,) = asked.work_dir.glob("best_*.pth")
    runner.load_checkpoint(str(best))
    made = {"recipe": asked.recipe, "seed": asked.seed, "seconds": round(seconds), "scores": runner.test()}
    text = json.dumps(made, indent=2)
    (asked.work_dir / "stock.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

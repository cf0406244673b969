"""Attack corpora on the kit and on stock OpenMMLab: how many attacks ran something, or read elsewhere.

python tools/attack_corpus.py [--names]

All that an attack which works can do is to make a folder in a temporary one. Stock OpenMMLab is tried in a
process of its own, with the kit's operators and nothing else of it: each part of a config is built as a
Runner would build it. Plugin lists and arguments are the kit's own; of these, stock OpenMMLab has the lists
of nodes. ``--names`` prints what worked. Exit status 1 if anything worked on the kit.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.attacks import command_lines  # noqa: E402
from tests.attacks.annotations import annotations  # noqa: E402
from tests.attacks.configs import configs  # noqa: E402
from tests.attacks.harness import CORPORA, HARM, PIPELINE, inside, outcome, shown  # noqa: E402
from tests.attacks.pickles import pickles  # noqa: E402
from tests.attacks.trap import Trap  # noqa: E402

OPENCVS_OWN = str(1 << 30)
"""Pixels that OpenCV decodes unless told otherwise."""
Told = dict[str, list[tuple[str, str]]]


def kit(trap: Trap) -> Told:
    """Try every corpus on the kit."""
    return {corpus: list(attempts(trap)) for corpus, attempts in CORPORA.items()}


def stock(trap: Trap) -> Told:
    """Try on OpenMMLab as it is what OpenMMLab takes."""
    from segdet_kit.openmmlab import ops

    ops.install()
    from mmdet.utils import register_all_modules
    from mmengine.dist.utils import _init_dist_slurm
    from mmengine.runner import CheckpointLoader
    from mmseg.utils import register_all_modules as register_mmseg

    register_mmseg(init_default_scope=False)
    register_all_modules(init_default_scope=True)

    def nodes(said: str) -> None:
        os.environ.update(SLURM_NODELIST=said, SLURM_PROCID="0", SLURM_NTASKS="1")
        # A machine of a cluster has a GPU; the processes need not find one another.
        with (
            patch("torch.cuda.device_count", return_value=1),
            patch("torch.cuda.set_device"),
            patch("torch.distributed.init_process_group"),
        ):
            _init_dist_slurm("gloo")

    def checkpoint(path: Path) -> None:
        CheckpointLoader.load_checkpoint(str(path), map_location="cpu")

    return {
        "configs": list(_stock_configs(trap)),
        "pickles": _each(trap, pickles(trap, trap.folder / "pickles"), checkpoint),
        "annotation files": _each(trap, annotations(trap, trap.folder / "data"), _stock_sample),
        "command lines": _each(trap, ((said, said) for said in command_lines.node_lists(trap)), nodes),
    }


def _each(trap: Trap, cases: Any, attempt: Callable[[Any], Any]) -> list[tuple[str, str]]:
    return [(name, outcome(trap, lambda case=case: attempt(case))) for name, case in cases]  # type: ignore[misc]


def _stock_configs(trap: Trap) -> Iterator[tuple[str, str]]:
    path = trap.folder / "config.json"
    for name, part, text in configs(trap):
        path.write_text(text)
        yield name, outcome(trap, lambda part=part: _stock_build(part, path))  # type: ignore[misc]


def _stock_build(part: str, path: Path) -> None:
    """Read a config and build one part of it."""
    import torch
    from mmcv.ops import batched_nms
    from mmengine import registry
    from mmengine.config import Config
    from mmengine.dataset import Compose
    from mmengine.evaluator import Evaluator

    config = Config.fromfile(str(path))
    registries = {
        "dataset": ("DATASETS", lambda: config.test_dataloader.dataset),
        "sampler": ("DATA_SAMPLERS", lambda: config.sampler),
        "custom_hooks": ("HOOKS", lambda: config.custom_hooks[0]),
        "vis_backends": ("VISBACKENDS", lambda: config.vis_backends[0]),
        "param_scheduler": ("PARAM_SCHEDULERS", lambda: config.param_scheduler[0]),
        "visualizer": ("VISUALIZERS", lambda: config.visualizer),
        "optim_wrapper": ("OPTIM_WRAPPERS", lambda: config.optim_wrapper),
        "train_cfg": ("LOOPS", lambda: config.train_cfg),
        "log_processor": ("LOG_PROCESSORS", lambda: config.log_processor),
        "default_hooks": ("HOOKS", lambda: config.default_hooks),
        "model": ("MODELS", lambda: config.model),
        "initialised": ("MODELS", lambda: config.model),
        "task": ("TASK_UTILS", lambda: config.model),
    }
    if part == "nms":
        boxes = torch.tensor([[0.0, 0.0, 4.0, 4.0]])
        batched_nms(boxes, torch.ones(1), torch.zeros(1), config.model.test_cfg.nms)
    elif part == "pipeline":
        Compose(config.test_dataloader.dataset.pipeline)
    elif part == "evaluator":
        Evaluator(config.test_evaluator)
    elif part in registries:
        name, said = registries[part]
        with registry.DefaultScope.overwrite_default_scope(config.get("default_scope", "mmdet")):
            built = getattr(registry, name).build(said())
        if part == "initialised":
            built.init_weights()


def _stock_sample(root: Path) -> str:
    from mmengine.registry import DATASETS

    settings = {
        "type": "CocoDataset", "data_root": str(root), "ann_file": "coco.json", "test_mode": True,
        "data_prefix": {"img": "images"}, "metainfo": {"classes": ("cat",)}, "pipeline": PIPELINE,
    }  # fmt: skip
    return shown(DATASETS.build(settings)[0])


def in_a_process(side: str, folder: Path) -> Told:
    """Try one side in a process of its own, with strangers' modules on its path."""
    command = [sys.executable, __file__, "--side", side, "--folder", str(folder)]
    environment = {**os.environ}
    if side == "stock":
        environment["OPENCV_IO_MAX_IMAGE_PIXELS"] = OPENCVS_OWN
    done = subprocess.run(  # noqa: S603 - this program again
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{side} failed:\n{done.stderr}")
    told: Told = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    return told


def side(name: str, folder: Path) -> None:
    """Try one side in this process, and write what happened."""
    trap = Trap.laid(folder / "trap")
    sys.path.append(str(trap.folder))
    with inside(trap.folder):
        told = {"kit": kit, "stock": stock}[name](trap)
    (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")


def row(corpus: str, told: Mapping[str, Told]) -> str:
    """Return a line of the table."""
    cells = []
    for name in ("kit", "stock"):
        outcomes = [said for _, said in told[name].get(corpus, [])]
        harm = sum(said in HARM for said in outcomes)
        cells.append(f"{harm} of {len(outcomes)}" if outcomes else "-")
    return f"| {corpus} | {' | '.join(cells)} |"


def main() -> None:
    """Print a table of both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--names", action="store_true", help="print which attacks worked")
    parser.add_argument("--side", choices=("kit", "stock"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        side(arguments.side, arguments.folder)
        return
    told = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("kit", "stock"):
            told[name] = in_a_process(name, Path(folder, name))
    print("| attacks | worked on the kit | worked on stock OpenMMLab |\n|---|---|---|")
    for corpus in CORPORA:
        print(row(corpus, told))
    if arguments.names:
        for name, corpora in told.items():
            worked = [
                f"{corpus}: {each}" for corpus, all_ in corpora.items() for each, said in all_ if said in HARM
            ]
            print(f"\n{name}:", *worked, sep="\n  ")
    sys.exit(any(said in HARM for outcomes in told["kit"].values() for _, said in outcomes))


if __name__ == "__main__":
    main()

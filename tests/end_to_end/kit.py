"""The command line as a user runs it, on thin networks, and what it leaves behind."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from segdet_kit.cli import app
from segdet_kit.openmmlab import checkpoint

SIZE = 64
CLASSES = {
    "detection": ["disk", "square", "triangle", "star"],
    "instance": ["disk", "square", "triangle", "star"],
    "semantic": ["background", "disk", "square", "triangle", "star"],
}
TRAINED, VALIDATED, TESTED = 8, 4, 4
BATCH_SIZE = 4
EPOCHS = 2
STEPS = EPOCHS * TRAINED // BATCH_SIZE

THIN_MASK_RCNN = {
    "neck": {"out_channels": 16},
    "rpn_head": {"in_channels": 16, "feat_channels": 16},
    "roi_head": {
        "bbox_roi_extractor": {"out_channels": 16},
        "mask_roi_extractor": {"out_channels": 16},
        "bbox_head": {"in_channels": 16, "fc_out_channels": 32},
        "mask_head": {"in_channels": 16, "conv_out_channels": 16, "num_convs": 1},
    },
    "train_cfg": {"rpn_proposal": {"max_per_img": 50}},
    "test_cfg": {"rpn": {"max_per_img": 50}},
}
HEADS: dict[str, dict[str, Any]] = {
    "detection": {"head": "rtmdet"},
    "instance": {"head": "mask-rcnn", "overrides": {"model": THIN_MASK_RCNN}},
    "semantic": {"head": {"type": "segformer", "channels": 16}},
}


class Kit:
    """Runs ``segdet-kit`` in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "segdet_kit", *map(str, arguments)]

    def __call__(
        self, *arguments: str | Path, status: int = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a process of its own to its end, which must be ``status``."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, f"ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def train(self, recipe: Path, *more: str) -> Path:
        """Train in this process, which saves the imports, into a folder called like the recipe."""
        run = self.folder / "runs" / "-".join([recipe.stem, *more]).replace("--", "")
        with pytest.raises(SystemExit) as end:
            app(["train", str(recipe), "--work-dir", str(run), *more])
        assert not end.value.code
        return run

    def recipe(self, name: str, task: str, **changes: Any) -> Path:
        """Write the recipe of a thin network on a few small shapes; ``head=None`` leaves a key out."""
        settings: dict[str, Any] = {
            "task": task,
            "data": {
                "type": "shapes",
                "root": str(self.folder / "shapes"),
                "train": TRAINED,
                "val": VALIDATED,
                "test": TESTED,
                "image_size": SIZE,
            },
            "image_size": SIZE,
            "backbone": {"type": "resnet18", "base_channels": 8},
            **HEADS[task],
            "augmentations": ["flip", "color-jitter"],
            "schedule": {"epochs": EPOCHS, "batch_size": BATCH_SIZE},
            **changes,
        }
        path = self.folder / f"{name}.py"
        lines = [f"{key} = {value!r}\n" for key, value in settings.items() if value is not None]
        path.write_text("".join(lines), encoding="utf-8")
        return path


def tensors(file: Path) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = checkpoint.read(file)["state_dict"]
    return state


def digest(file: Path) -> str:
    """Return a SHA-256 over the names and bytes of all weights."""
    total = hashlib.sha256()
    for name, tensor in sorted(tensors(file).items()):
        total.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return total.hexdigest()


def records(run: Path) -> list[dict[str, Any]]:
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def losses(run: Path) -> dict[int, float]:
    """Return the loss by step."""
    return {record["step"]: record["loss"] for record in records(run) if "loss" in record}

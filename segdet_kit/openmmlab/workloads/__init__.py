"""What ``segdet-kit benchmark`` measures in a process of its own: one mode a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.runtime import prepare
from segdet_kit.workload import Spec, Workload

SEED = 0
TRAINING = ("train", "data")
"""The modes that read the training split."""


def open_workload(spec: Spec, config: Mapping[str, Any], checkpoint: Path | None) -> Workload:
    """Open what ``spec`` says of an assembled config, on its threads. ``checkpoint``: as in ``build_model``.

    For ``startup`` the first image is done on return. Raises what building models, data sets and runners
    raises, and ``KitError`` for what a mode cannot do.
    """
    if spec.mode in TRAINING and not config.get("train_dataloader"):
        raise KitError(
            f"{spec.target} cannot be measured in training: its config has no train_dataloader",
            "measure it predicting: --mode infer",
        )
    prepare()
    import cv2
    import torch

    from segdet_kit.openmmlab.workloads.data import Data
    from segdet_kit.openmmlab.workloads.infer import Infer
    from segdet_kit.openmmlab.workloads.train import Train

    modes: dict[str, Callable[..., Workload]] = {
        "infer": Infer,
        "startup": Infer,
        "train": Train,
        "data": Data,
    }
    torch.set_num_threads(spec.threads)
    torch.manual_seed(SEED)
    workload = modes[spec.mode](spec, config, checkpoint)
    cv2.setNumThreads(spec.threads)  # after mmengine's runner, which sets it too
    if spec.mode == "startup":
        workload.step()
    return workload

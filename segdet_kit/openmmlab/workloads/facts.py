"""What is known of a target besides its speed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from segdet_kit.artifact import open_artifact
from segdet_kit.catalog import installed
from segdet_kit.components import Runtime
from segdet_kit.openmmlab.manifest import packages
from segdet_kit.openmmlab.runtime import build_model
from segdet_kit.openmmlab.runtimes import TORCH
from segdet_kit.openmmlab.state import choose_device, isolated
from segdet_kit.workload import Spec

COMPUTING = ("onnxruntime", "openvino", "nncf")
"""What computes in the place of torch, as modules and distributions are both called."""


def common_facts(spec: Spec) -> dict[str, Any]:
    """Return what is known without a model: the device, and the versions of what computes."""
    device = choose_device(spec.device)
    loaded = {name: version(name) for name in COMPUTING if name in sys.modules}
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return {"device": name, "versions": packages() | loaded}


def runtime_facts(spec: Spec, checkpoint: Path | None) -> dict[str, Any]:
    """Return which weights predict in which runtime and precision, and the bytes of their files."""
    if checkpoint is not None and checkpoint.is_dir():
        manifest = open_artifact(checkpoint).manifest
        runtime, precision = spec.runtime or manifest["runtime"], manifest["precision"]
        files = [checkpoint / name for name in manifest["files"]]
        notes = ["Parameters and FLOPs are those of the model in torch."]
    else:
        runtime = spec.runtime or TORCH
        precision = spec.precision or installed().get(Runtime, runtime).precisions[0]
        files = [checkpoint] if checkpoint else []
        random = "The weights are random: a trained model finds other objects, in another time."
        notes = [] if checkpoint else [random]
    sizes = {"file_bytes": sum(file.stat().st_size for file in files)} if files else {}
    said = {"weights": str(checkpoint or "random"), "runtime": runtime, "precision": precision}
    return said | sizes | {"notes": notes}


def model_facts(
    config: Mapping[str, Any], checkpoint: Path | None, sample: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the parameters of a config's model in torch, and its FLOPs for one image of the test pipeline.

    A multiplication and an addition count as two; what is neither a convolution nor a product of matrices
    counts nothing. Weights of a checkpoint choose the regions that a second stage looks at; those of an
    exported model cannot.
    """
    settings = Config(dict(config))
    weights = checkpoint if checkpoint is not None and checkpoint.is_file() else None
    model = build_model(settings, weights, "cpu")
    batch = {key: [value] for key, value in sample.items()}
    scope = settings.default_scope
    with isolated("cpu", scope), torch.no_grad(), FlopCounterMode(display=False) as counter:
        model.test_step(batch)  # type: ignore[operator]
    return {"parameters": parameters(model), "flops": counter.get_total_flops()}


def parameters(model: nn.Module) -> int:
    """Return how many numbers a model has learned or will learn."""
    return sum(parameter.numel() for parameter in model.parameters())

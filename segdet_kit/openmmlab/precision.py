"""How fast and how exactly to compute: autocast, memory format and compilation."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper
from torch import nn

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.depthwise import Float32DepthwiseGradients, has_depthwise

AUTOCAST = {"bf16": "bfloat16", "fp16": "float16"}


class CpuBf16OptimWrapper(OptimWrapper):
    """mmengine's optimiser wrapper with bfloat16 autocast on a CPU; mmengine's own needs a GPU."""

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Compute the forward pass and the losses under autocast."""
        with (
            super().optim_context(model),
            torch.autocast("cpu", dtype=torch.bfloat16),
            Float32DepthwiseGradients() if has_depthwise(model) else nullcontext(),
        ):
            yield


def use_precision(config: Config, precision: str, device: torch.device) -> None:
    """Choose the optimiser wrapper of ``config`` for ``fp32``, ``bf16`` or ``fp16`` training.

    Weights stay float32, and validation runs in float32. fp16 scales its loss, since small gradients
    would vanish (Micikevicius et al., arXiv:1710.03740); bf16 has the range of float32 and needs none.
    Raises ``KitError`` where the device cannot.
    """
    if precision == "fp32":
        return
    if precision not in AUTOCAST:
        raise KitError(f"there is no precision {precision!r}", f"choose one of: fp32, {', '.join(AUTOCAST)}")
    if device.type == "cuda":
        if precision == "bf16" and not torch.cuda.is_bf16_supported():
            raise KitError(f"{torch.cuda.get_device_name(device)} has no bfloat16", "choose fp16 or fp32")
        scale = "dynamic" if precision == "fp16" else {"enabled": False}
        config.optim_wrapper.update(type="AmpOptimWrapper", dtype=AUTOCAST[precision], loss_scale=scale)
    elif precision == "fp16":
        raise KitError("fp16 training needs a GPU: a CPU loses small gradients", "choose bf16 or fp32")
    else:
        config.optim_wrapper.type = f"{__name__}.CpuBf16OptimWrapper"


def prepare_model(model: nn.Module, settings: Mapping[str, Any], device: torch.device) -> None:
    """Apply ``channels_last``, ``compile`` and ``cuda_graphs`` of ``settings`` to a model in place.

    It is on its device. Only backbone and neck are compiled: heads have shapes that change with every
    image. The keys of the state dict stay. With ``cuda_graphs``, for predicting, what is compiled is recorded
    and replayed. Raises ``KitError`` when a CPU model is to be compiled without a compiler.
    """
    if settings.get("channels_last"):
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if settings.get("compile"):
        if device.type == "cpu" and not any(map(shutil.which, ("c++", "g++", "clang++", "cl"))):
            raise KitError(
                "torch.compile needs a C++ compiler for the CPU, and there is none on PATH",
                "install g++ or set runtime.compile = False",
            )
        for name in ("backbone", "neck"):
            part = getattr(model, name, None)
            if isinstance(part, nn.Module):
                part.compile(mode="reduce-overhead" if settings.get("cuda_graphs") else None)

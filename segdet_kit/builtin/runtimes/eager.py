"""Runs the model of a checkpoint by torch: as it is, in another memory format, compiled, as CUDA graphs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from segdet_kit.openmmlab.precision import AUTOCAST, prepare_model


class Eager:
    """``channels_last`` and ``compile``: as a recipe's ``runtime`` says them for training.

    ``cuda_graphs``: what is compiled is recorded once for each size of images, and replayed after that.
    """

    def __init__(self, channels_last: bool = False, compile: bool = False, cuda_graphs: bool = False) -> None:
        self.settings = {"channels_last": channels_last, "compile": compile, "cuda_graphs": cuda_graphs}

    def prepare(self, model: nn.Module, precision: str) -> nn.Module:
        """Change the model in place, and return it. Raises ``KitError`` where it cannot be compiled.

        In bf16 and fp16 its networks run under autocast. What they put out becomes float32 again: boxes
        are decoded and suppressed, and logits resized, as exactly as otherwise.
        """
        device = next(model.parameters()).device
        prepare_model(model, self.settings, device)
        if self.settings["cuda_graphs"]:
            model.test_step = _in_a_step_of_its_own(model.test_step)  # type: ignore[assignment, arg-type]
        if precision != "fp32":
            dtype = getattr(torch, AUTOCAST[precision])
            for network in _networks(model):
                computed = torch.autocast(device.type, dtype)(network.forward)
                network.forward = _in_float32(computed)  # type: ignore[method-assign]
        return model


def _networks(model: nn.Module) -> Iterator[nn.Module]:
    """Backbone, neck and heads; those of an RoI head one by one, since it only calls them."""
    for name, child in model.named_children():
        if name == "roi_head":
            for part in child.children():
                yield from part if isinstance(part, nn.ModuleList) else (part,)
        elif name != "data_preprocessor":
            yield child


def _in_a_step_of_its_own(function: Callable[..., Any]) -> Callable[..., Any]:
    """Say that nobody needs what an earlier call computed: a graph writes to the same memory each time.

    Torch would take the neck's call for a new step, in which the backbone's maps are free to be overwritten.
    """

    @functools.wraps(function)
    def called(*arguments: Any, **named: Any) -> Any:
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
        return function(*arguments, **named)

    return called


def _in_float32(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def called(*arguments: Any, **named: Any) -> Any:
        return _float32(function(*arguments, **named))

    return called


def _float32(value: Any) -> Any:
    """Turn what is floating in nested results into float32."""
    if isinstance(value, Tensor):
        return value.float() if value.is_floating_point() else value
    if isinstance(value, (list, tuple)):
        return type(value)(_float32(item) for item in value)
    if isinstance(value, dict):
        return {key: _float32(item) for key, item in value.items()}
    return value

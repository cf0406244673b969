"""Telling a clock which stage a model is in, by its own methods."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from torch import nn

from segdet_kit.openmmlab.export.served import Served
from segdet_kit.openmmlab.workloads.clock import Clock

POSTPROCESSING = ("predict_by_feat", "postprocess_result")
"""Methods of heads and segmenters: from what a network put out to boxes, masks and label maps. Those of a
region proposal network are among them, since they decode and suppress boxes as the last ones do.
"""


def split_inference(model: nn.Module, clock: Clock) -> None:
    """Make each ``test_step`` begin ``preprocess``, ``forward`` and ``postprocess``; the last one runs on.

    An exported model takes images one by one: its ``forward`` is what the runtime does, which can hold
    decoding and suppression too. The clock must run whenever the model does.
    """
    if isinstance(model, Served):
        _wrap(model, "test_step", _switch(clock, called="postprocess"))
        _wrap(model, "image", _within(clock, "preprocess"))
        _wrap(model, "run", _within(clock, "forward"))
        return
    _wrap(model, "test_step", _switch(clock, returned="postprocess"))
    _wrap(model.data_preprocessor, "forward", _switch(clock, called="preprocess", returned="forward"))
    for module in model.modules():
        for method in POSTPROCESSING:
            if hasattr(module, method):
                _wrap(module, method, _within(clock, "postprocess"))
    if fusion := getattr(model, "panoptic_fusion_head", None):
        _wrap(fusion, "predict", _within(clock, "postprocess"))


def split_training(model: nn.Module, optim_wrapper: Any, clock: Clock) -> None:
    """Make each ``train_step`` begin stages ``forward``, ``backward`` and ``optimiser``.

    What the data preprocessor does, copying to the device included, counts as ``data``.
    """
    _wrap(model.data_preprocessor, "forward", _switch(clock, called="data", returned="forward"))
    _wrap(optim_wrapper, "backward", _within(clock, "backward"))
    for method in ("step", "zero_grad"):
        _wrap(optim_wrapper, method, _within(clock, "optimiser"))


Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


def _wrap(owner: Any, method: str, wrapper: Wrapper) -> None:
    bound = getattr(owner, method)
    setattr(owner, method, functools.wraps(bound)(wrapper(bound)))


def _within(clock: Clock, stage: str) -> Wrapper:
    def wrapper(function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            with clock.within(stage):
                return function(*arguments, **named)

        return timed

    return wrapper


def _switch(clock: Clock, called: str = "", returned: str = "") -> Wrapper:
    """Begin one stage when the function is called, and one when it returns."""

    def wrapper(function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            if called:
                clock.begin(called)
            result = function(*arguments, **named)
            if returned:
                clock.begin(returned)
            return result

        return timed

    return wrapper

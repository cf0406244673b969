"""mmengine's Runner, quiet and obedient."""

from __future__ import annotations

import logging
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.logging import MMLogger
from mmengine.runner import Runner
from torch import nn

from segdet_kit.openmmlab.precision import prepare_model


class KitRunner(Runner):
    """A Runner that logs to a file only, and obeys the config's ``runtime``."""

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build mmengine's logger without its console: the kit has its own progress."""
        logger = super().build_logger(*args, **kwargs)
        logger.handlers = [handler for handler in logger.handlers if isinstance(handler, logging.FileHandler)]
        return logger

    def wrap_model(self, model_wrapper_cfg: Any, model: nn.Module) -> nn.Module:
        """Move the model to its device, then choose its memory format and compile it."""
        wrapped: nn.Module = super().wrap_model(model_wrapper_cfg, model)
        prepare_model(wrapped, self.cfg.get("runtime", {}), torch.device(get_device()))
        return wrapped

    def _init_model_weights(self) -> None:
        """Draw the same weights in each memory format: random numbers fill a tensor as it lies in memory."""
        self.model.to(memory_format=torch.contiguous_format)
        super()._init_model_weights()
        if self.cfg.get("runtime", {}).get("channels_last"):
            self.model.to(memory_format=torch.channels_last)

    def dump_config(self) -> None:
        """Write nothing: the run folder holds the config already."""

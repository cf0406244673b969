"""mmengine's Runner, quiet and obedient."""

from __future__ import annotations

import logging
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.dist import get_world_size
from mmengine.logging import MMLogger
from mmengine.runner import Runner
from mmengine.utils import ManagerMixin
from mmengine.visualization import Visualizer
from torch import nn

from segdet_kit.openmmlab.parallel import with_batch_norm_of
from segdet_kit.openmmlab.precision import prepare_model


class LazyVisualizer(Visualizer):  # type: ignore[misc]
    """mmengine's visualizer without backends, whose figure is made when something is drawn.

    The kit draws its own pictures, and matplotlib takes 0.3 CPU seconds to import.
    """

    def __init__(self, name: str) -> None:
        ManagerMixin.__init__(self, name)
        self._dataset_meta: dict[str, Any] | None = None
        self._vis_backends: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in ("fig_save", "fig_save_canvas", "ax_save", "dpi"):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        self.fig_save_canvas, self.fig_save, self.ax_save = self._initialize_fig({"frameon": False})
        self.dpi = self.fig_save.get_dpi()
        return vars(self)[name]


class KitRunner(Runner):
    """A Runner that logs to a file only, and obeys the config's ``runtime``."""

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build mmengine's logger without its console: the kit has its own progress."""
        logger = super().build_logger(*args, **kwargs)
        logger.handlers = [handler for handler in logger.handlers if isinstance(handler, logging.FileHandler)]
        return logger

    def build_visualizer(self, visualizer: Any = None) -> LazyVisualizer:
        """Build a visualizer that keeps nothing, whatever the config says."""
        made: LazyVisualizer = LazyVisualizer.get_instance(self._experiment_name)
        return made

    def wrap_model(self, model_wrapper_cfg: Any, model: nn.Module) -> nn.Module:
        """Move the model to its device, then choose its memory format and compile it.

        What joins several processes is put around it when training begins.
        """
        device = torch.device(get_device())
        moved = with_batch_norm_of(model, get_world_size(), device, self.cfg.get("sync_bn")).to(device)
        prepare_model(moved, self.cfg.get("runtime", {}), device)
        return moved

    def _init_model_weights(self) -> None:
        """Draw the same weights in each memory format: random numbers fill a tensor as it lies in memory."""
        self.model.to(memory_format=torch.contiguous_format)
        super()._init_model_weights()
        if self.cfg.get("runtime", {}).get("channels_last"):
            self.model.to(memory_format=torch.channels_last)

    def dump_config(self) -> None:
        """Write nothing: the run folder holds the config already."""

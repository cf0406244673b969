"""What fine-tuning does to the weights of a backbone: some stay as they were loaded, some learn slowly."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.optim import DefaultOptimWrapperConstructor
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.stages import weights_by_level


class FreezeHook(Hook):
    """Keeps the weights that the backbone's ``levels`` finest levels are computed with.

    They get no gradient, and their normalisations use and keep the statistics that were loaded. Raises
    ``KitError`` when training begins if the model's backbone returns fewer levels.
    """

    def __init__(self, levels: int) -> None:
        self.levels = levels
        self._norms: list[nn.Module] = []

    def before_train(self, runner: Any) -> None:
        """Take the gradient from the weights."""
        backbone = _backbone(runner.model)
        found = weights_by_level(backbone)
        if self.levels > len(found):
            raise KitError(
                f"schedule.freeze = {self.levels}, but the head reads {len(found)} levels of the backbone",
                f"freeze {len(found)} at most: then no weight of the backbone learns",
            )
        frozen = {name for names in found[: self.levels] for name in names}
        for name, parameter in backbone.named_parameters():
            if name in frozen:
                parameter.requires_grad_(False)
        self._norms = [
            module
            for module in backbone.modules()
            if isinstance(module, _NormBase) and not any(p.requires_grad for p in module.parameters())
        ]

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        """Keep the statistics: each epoch puts the whole model into training mode."""
        for norm in self._norms:
            norm.eval()


class LayerDecayConstructor(DefaultOptimWrapperConstructor):
    """Lets the backbone's weights learn the slower the finer the level that they make.

    With ``paramwise_cfg.layer_decay`` d, the weights of the coarsest level have d times the learning rate,
    those of the next finer one d², and so on (Clark et al. 2020; Bao et al. 2022, by level of resolution).
    Other options of ``paramwise_cfg`` are mmengine's.
    """

    def __call__(self, model: nn.Module) -> Any:
        """Return the optimiser wrapper, with a learning rate for each parameter."""
        wrapper = super().__call__(model)
        backbone = _backbone(model)
        found = weights_by_level(backbone)
        parameters = dict(backbone.named_parameters())
        factors = {
            parameters[name]: self.paramwise_cfg["layer_decay"] ** (len(found) - level)
            for level, names in enumerate(found)
            for name in names
        }
        for group in wrapper.optimizer.param_groups:  # mmengine makes one of each parameter
            group["lr"] *= factors.get(group["params"][0], 1.0)
        return wrapper


def _backbone(model: nn.Module) -> nn.Module:
    backbone: nn.Module = (model.module if is_model_wrapper(model) else model).backbone  # type: ignore[union-attr, assignment]
    return backbone

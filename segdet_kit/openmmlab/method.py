"""Training a model by a method of a plugin's, which has networks and optimisers of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from mmengine.device import get_device
from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from mmengine.registry import MODELS
from torch import Tensor
from torch.utils.data import DataLoader

from segdet_kit.errors import KitError


class TrainingMethod(Protocol):
    """A torch module whose train step takes the place of the model's.

    It is built by ``target(model=..., loader=..., **arguments)`` and moved to the model's device, before the
    model's weights are drawn or loaded. Its state is saved beside the model, of which it must hold no part as
    a submodule. What is no tensor, such as an optimiser's state, belongs in torch's ``get_extra_state``.
    """

    def train_step(
        self, model: BaseModel, data: dict[str, Any], optim_wrapper: OptimWrapper
    ) -> dict[str, Tensor]:
        """Train on one batch as the loader gives it, and return what is logged.

        The model learns by ``optim_wrapper`` alone: computing its loss inside ``optim_context(model)`` and
        giving it to ``update_params`` keeps precision, accumulation and clipping as the recipe says. Of the
        values, scalars, one is named ``loss``.
        """

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run goes on with."""

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> Any:
        """Take over what ``state_dict`` returned."""

    def to(self, device: str) -> TrainingMethod:
        """Move to a device."""


def build_method(config: Mapping[str, Any], model: BaseModel, loader: DataLoader[Any]) -> TrainingMethod:
    """Build a method for a model on its device. Raises ``KitError`` where several processes train one."""
    if get_world_size() > 1:
        raise KitError(
            f"{config['type']} trains in one process, and there are {get_world_size()}",
            "leave out method, or train on one device",
        )
    method: TrainingMethod = MODELS.build({**config, "model": model, "loader": loader})
    return method.to(get_device())


class MethodHook(Hook):
    """Keeps the state of a method in checkpoints, under ``method``."""

    def __init__(self, method: TrainingMethod) -> None:
        self.method = method

    def before_save_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Add the state."""
        checkpoint["method"] = self.method.state_dict()

    def after_load_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Take over the state of a resumed run."""
        if runner.cfg.get("resume"):
            self.method.load_state_dict(checkpoint["method"])

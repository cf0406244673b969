"""timm's models as backbones of mmdet and mmseg."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import timm
import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.weights import Pretrained, weights_file
from segdet_timm.levels import levels
from segdet_timm.same_padding import make_traceable
from segdet_timm.weights import efficientnet_lite0, read_weights


class TimmBackbone(BaseModule):
    """A model of timm's that returns its levels: images (N, 3, H, W) to a tuple of (N, C, H/s, W/s).

    ``model``: timm's name, with or without a tag. ``pretrained``: ``False``, ``True`` for the weights
    that timm downloads, or where a checkpoint of this model lies: a path, ``dict(package=..., file=...)`` or
    ``dict(url=..., sha256=...)``. ``out_indices``: levels to return, from 0, the finest; all by
    default. ``norm_eval``: keep the running statistics of batch normalisation. More arguments go to the
    model, ``drop_path_rate`` and ``output_stride`` among them.

    Images come normalised by ImageNet's mean and deviation; a model that timm trained with others gets
    what it expects. Raises ``KitError`` for an unknown model and where weights cannot be had.
    """

    input_mean: tuple[float, ...] = timm.data.IMAGENET_DEFAULT_MEAN
    input_std: tuple[float, ...] = timm.data.IMAGENET_DEFAULT_STD

    def __init__(
        self,
        model: str,
        pretrained: Pretrained = False,
        out_indices: Sequence[int] | None = None,
        norm_eval: bool = False,
        **arguments: Any,
    ) -> None:
        super().__init__()
        self.norm_eval = norm_eval
        channels, _ = levels(model)
        weights = None if isinstance(pretrained, bool) else read_weights(model, weights_file(pretrained))
        self.model = _create(
            model,
            pretrained=bool(pretrained),
            out_indices=tuple(range(len(channels)) if out_indices is None else out_indices),
            pretrained_cfg_overlay={"state_dict": weights} if weights else None,
            **arguments,
        )
        make_traceable(self.model)
        expected = self.model.pretrained_cfg
        expected.pop("state_dict", None)  # timm would keep the weights twice
        mean, std = torch.tensor(expected["mean"]), torch.tensor(expected["std"])
        self.register_buffer("gain", (torch.tensor(self.input_std) / std)[:, None, None])
        self.register_buffer("shift", ((torch.tensor(self.input_mean) - mean) / std)[:, None, None])

    def init_weights(self) -> None:
        """Leave the weights as the constructor made them."""
        self._is_init = True

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return one map for each of ``out_indices``."""
        return tuple(self.model(images * self.gain + self.shift))

    def train(self, mode: bool = True) -> TimmBackbone:
        """Switch to training, but for batch normalisation if ``norm_eval``."""
        super().train(mode)
        for module in self.modules():
            if self.norm_eval and isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
        return self


class EfficientNetLite0(TimmBackbone):
    """EfficientNet-Lite0 (Tan and Le 2019): small, without squeeze-and-excitation, quick on CPUs.

    ``pretrained``: ``True`` for ImageNet weights out of an installed package, without a network;
    ``False``, or where a checkpoint lies. Images come normalised by (x - 127.5) / 127.5. Levels 0 to
    4 have strides 2 to 32. The other arguments are those of ``TimmBackbone``.
    """

    input_mean = input_std = (0.5, 0.5, 0.5)

    def __init__(self, pretrained: Pretrained = True, **arguments: Any) -> None:
        super().__init__("tf_efficientnet_lite0", False if pretrained is True else pretrained, **arguments)
        if pretrained is True:
            weights = efficientnet_lite0()
            self.model.load_state_dict({name: weights[name] for name in self.model.state_dict()})


def _create(model: str, pretrained: bool, **arguments: Any) -> nn.Module:
    try:
        return timm.create_model(model, pretrained=pretrained, features_only=True, **arguments)
    except (OSError, RuntimeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise KitError(
            f"timm cannot make {model}{' with weights' * pretrained}: {reason}",
            "without a network, give the path of a checkpoint: pretrained='model.safetensors'; "
            "the backbone efficientnet-lite0 brings its weights"
            if pretrained
            else "leave out the tag behind the dot, or see timm.list_pretrained()",
        ) from error

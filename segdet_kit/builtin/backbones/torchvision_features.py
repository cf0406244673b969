"""Classifiers of torchvision as backbones of both toolboxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torchvision
from mmengine.model import BaseModule
from torch import Tensor, nn
from torchvision.models.convnext import LayerNorm2d

from segdet_kit.openmmlab.weights import Pretrained, WithWeights, torchvision_url


@dataclass(frozen=True)
class Pyramid:
    """Where the levels of a classifier end in its ``features``, and what normalises them.

    ``channels_last``: its maps are (N, H, W, C).
    """

    ends: tuple[int, ...]
    channels: tuple[int, ...]
    norm: Callable[[int], nn.Module] = lambda channels: nn.Identity()
    channels_last: bool = False


PYRAMIDS = {
    "mobilenet_v2": Pyramid((1, 3, 6, 13, 17), (16, 24, 32, 96, 320)),
    "convnext_tiny": Pyramid((1, 3, 5, 7), (96, 192, 384, 768), LayerNorm2d),
    "swin_t": Pyramid((1, 3, 5, 7), (96, 192, 384, 768), nn.LayerNorm, True),
}


class TorchvisionBackbone(WithWeights, BaseModule):  # type: ignore[misc]
    """A classifier of torchvision up to its coarsest level that is asked for.

    ``model``: ``mobilenet_v2``, ``convnext_tiny`` or ``swin_t``. ``pretrained``: ``False``, ``True`` for
    torchvision's ImageNet weights, or where others lie. ``out_indices``: levels to return, from 0, the
    finest. Levels of the last two are normalised by layers of their own, as in the papers' detectors.
    ``output_stride``: from which on strides become dilation, for MobileNetV2 alone. More arguments go to the
    model, such as ``stochastic_depth_prob``.
    """

    optional = ("norms.",)

    def __init__(
        self,
        model: str,
        out_indices: Sequence[int],
        pretrained: Pretrained = False,
        output_stride: int | None = None,
        **arguments: Any,
    ) -> None:
        super().__init__()
        pyramid = PYRAMIDS[model]
        self.pretrained = pretrained
        self.url = torchvision_url(model)
        self.channels_last = pyramid.channels_last
        self.ends = [pyramid.ends[index] for index in out_indices]
        whole = getattr(torchvision.models, model)(weights=None, **arguments)
        self.features = whole.features[: max(self.ends) + 1]
        self.norms = nn.ModuleList(pyramid.norm(pyramid.channels[index]) for index in out_indices)
        if output_stride is not None:
            dilate(self.features, output_stride)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return one map (N, C, H/s, W/s) for each of ``out_indices``."""
        maps: list[Tensor] = []
        x = images
        for index, step in enumerate(self.features):
            x = step(x)
            if index in self.ends:
                level = self.norms[len(maps)](x)
                maps.append(level.permute(0, 3, 1, 2).contiguous() if self.channels_last else level)
        return tuple(maps)


def dilate(features: nn.Module, output_stride: int) -> None:
    """Turn the strides of convolutions beyond ``output_stride`` into dilation of those that follow."""
    stride = dilation = 1
    for conv in features.modules():
        if not isinstance(conv, nn.Conv2d):
            continue
        if conv.kernel_size[0] > 1 and dilation > 1:
            conv.dilation = (dilation, dilation)
            conv.padding = tuple(dilation * (side // 2) for side in conv.kernel_size)
        if conv.stride == (2, 2) and stride == output_stride:
            conv.stride = (1, 1)
            dilation *= 2
        elif conv.stride == (2, 2):
            stride *= 2

"""From bytes to what a network reads, inside the exported graph."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn.functional import pad

from segdet_kit.errors import KitError


class Pixels(nn.Module):
    """A batch of images, uint8 RGB (N, H, W, 3), to normalised and padded float32 (N, 3, H', W').

    It does what the data preprocessor of a model does in testing: ``mean`` and ``std``, the order of the
    channels, and padding on the right and below to a multiple of a divisor. ``value`` is what is padded with,
    after normalisation. Raises ``KitError`` for a preprocessor of another kind.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, preprocessor: Any) -> None:
        super().__init__()
        kind = type(preprocessor).__name__
        if kind not in ("SegDataPreProcessor", "DetDataPreprocessor"):
            raise KitError(
                f"data preprocessor {kind} cannot be exported",
                "SegDataPreProcessor and DetDataPreprocessor can",
            )
        self.normalises = preprocessor._enable_normalize
        if self.normalises:
            self.register_buffer("mean", preprocessor.mean.clone())
            self.register_buffer("std", preprocessor.std.clone())
        # OpenMMLab reads images as BGR.
        self.wants_rgb = bool(preprocessor._channel_conversion)
        if kind == "SegDataPreProcessor":
            testing = preprocessor.test_cfg or {}
            if testing.get("size"):
                raise KitError(
                    "a segmenter that pads images to a fixed size cannot be exported",
                    "pad to a multiple: model.data_preprocessor.test_cfg = dict(size_divisor=32)",
                )
            self.divisor = int(testing.get("size_divisor") or 1)
            self.value = float(preprocessor.pad_val)
        else:
            self.divisor = int(preprocessor.pad_size_divisor)
            self.value = float(preprocessor.pad_value)

    def forward(self, images: Tensor) -> Tensor:
        """Return the batch that the backbone takes."""
        x = images.permute(0, 3, 1, 2).float()
        if not self.wants_rgb:
            x = x.flip(1)
        if self.normalises:
            x = (x - self.mean) / self.std
        if self.divisor == 1:
            return x
        # As whole multiples: halved again and again they stay short, and torch reasons about them quickly.
        height, width = ((size + self.divisor - 1) // self.divisor * self.divisor for size in x.shape[-2:])
        return pad(x, (0, width - x.shape[-1], 0, height - x.shape[-2]), value=self.value)

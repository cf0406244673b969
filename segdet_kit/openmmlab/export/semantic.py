"""Segmenters of mmseg as one graph: any EncoderDecoder, whatever its head."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.pixels import Pixels


class Segmenter(nn.Module):
    """Images uint8 RGB (N, H, W, 3) to the class of each pixel, and the logits it was chosen by.

    ``label_map`` uint8 (N, H, W), and ``logits`` float32 (N, C, H, W), in the size of the images that go in.
    Who wants a label map in another size resizes the logits, as mmseg does, and takes the largest then.
    Raises ``KitError`` for sliding windows.
    """

    task = "semantic"
    outputs = ("label_map", "logits")
    compared = ("logits",)

    def __init__(self, model: Any) -> None:
        super().__init__()
        if model.test_cfg.get("mode", "whole") != "whole":
            raise KitError(
                "a segmenter that is tested in sliding windows cannot be exported",
                "test it on whole images: model.test_cfg = dict(mode='whole')",
            )
        self.pixels = Pixels(model.data_preprocessor)
        self.model = model
        self.finishing = {"align_corners": model.align_corners, "threshold": model.decode_head.threshold}
        self.thresholds: dict[str, Any] = {}

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``label_map`` and ``logits``."""
        x = self.pixels(images)
        size = (x.shape[2], x.shape[3])
        sample = {"img_shape": size, "pad_shape": size, "batch_input_shape": size}
        features = self.model.extract_feat(x)
        logits = self.model.decode_head.predict(features, [sample], self.model.test_cfg)
        # Chosen rather than sliced: a view is traced as contiguous or not, which holds for some sizes alone.
        for axis, length in ((2, images.shape[1]), (3, images.shape[2])):
            logits = logits.index_select(axis, torch.arange(length, device=logits.device))
        if logits.shape[1] > 1:
            return logits.argmax(1).to(torch.uint8), logits
        return (logits.sigmoid() > self.model.decode_head.threshold)[:, 0].to(torch.uint8), logits

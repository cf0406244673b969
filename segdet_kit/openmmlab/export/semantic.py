"""Segmenters of mmseg as one graph: any EncoderDecoder, whatever its head."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.pixel_decoder import replace_pixel_decoder
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
        # What maps of one channel are cut at; heads of queries have none.
        self.threshold: Any = getattr(model.decode_head, "threshold", None)
        self.finishing = {"align_corners": model.align_corners, "threshold": self.threshold}
        self.thresholds: dict[str, Any] = {}

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``label_map`` and ``logits``."""
        x = self.pixels(images)
        logits = self.classify(self.model.extract_feat(x), (x.shape[2], x.shape[3]))
        # Chosen rather than sliced: a view is traced as contiguous or not, which holds for some sizes alone.
        for axis, length in ((2, images.shape[1]), (3, images.shape[2])):
            logits = logits.index_select(axis, torch.arange(length, device=logits.device))
        if logits.shape[1] > 1:
            return logits.argmax(1).to(torch.uint8), logits
        return (logits.sigmoid() > self.threshold)[:, 0].to(torch.uint8), logits

    def classify(self, features: Any, size: tuple[int, int]) -> Tensor:
        """Return logits (N, C, H, W) of this height and width."""
        sample = {"img_shape": size, "pad_shape": size, "batch_input_shape": size}
        logits: Tensor = self.model.decode_head.predict(features, [sample], self.model.test_cfg)
        return logits


class QuerySegmenter(Segmenter):
    """Mask2Former (Cheng et al. 2022): the class of a pixel is that of the queries whose masks hold it."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        replace_pixel_decoder(model.decode_head)

    def classify(self, features: Any, size: tuple[int, int]) -> Tensor:
        """Return how sure each class is, (N, C, H, W), of this height and width."""
        classified, masks = (layers[-1] for layers in self.model.decode_head(features, []))
        masks = interpolate(masks, size=size, mode="bilinear", align_corners=False).sigmoid()
        return torch.einsum("nqc,nqhw->nchw", classified.softmax(-1)[..., :-1], masks)

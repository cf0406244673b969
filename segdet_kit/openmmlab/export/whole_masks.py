"""Segmenters of objects whose masks lie over the whole image, not over boxes: SOLOv2 and Mask2Former."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.dense import take
from segdet_kit.openmmlab.export.pixel_decoder import replace_pixel_decoder
from segdet_kit.openmmlab.export.pixels import Pixels
from segdet_kit.openmmlab.export.suppression import highest


class WholeMasks(nn.Module):
    """Images uint8 RGB (N, H, W, 3) to objects and their masks, the surest first.

    ``scores`` float32 (N, M), ``labels`` int64 (N, M), -1 where there is no object, and ``masks`` float32
    (N, M, h, w), which cover the padded image: a subclass says what they hold.
    """

    task = "instance"
    outputs = ("scores", "labels", "masks")
    compared = ()

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.pixels = Pixels(model.data_preprocessor)
        self.model = model
        self.thresholds: dict[str, Any] = model.test_cfg.to_dict()
        self.finishing: dict[str, Any] = {}

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return ``scores``, ``labels`` and ``masks``."""
        return self.find(self.model.extract_feat(self.pixels(images)))

    def find(self, features: Any) -> tuple[Tensor, ...]:
        """Return the outputs for an image's features."""
        raise NotImplementedError


class SOLOv2(WholeMasks):
    """SOLOv2 (Wang et al. 2020): masks in 0..1."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        head = model.mask_head
        if head.dynamic_conv_size != 1 or self.thresholds["kernel"] != "gaussian":
            raise KitError(
                "this SOLOv2 cannot be exported", "kernels of one pixel and a gaussian matrix NMS can"
            )
        self.finishing = {"mask_stride": head.mask_stride, "mask_threshold": self.thresholds["mask_thr"]}

    def find(self, features: Any) -> tuple[Tensor, ...]:
        """Draw masks where there is a class, choose the surest pairs, and let them weaken each other."""
        head, settings = self.model.mask_head, self.thresholds
        kernels, logits, pixels = _outputs(head, features)
        scores = torch.cat([_peaks(level.sigmoid()) for level in logits], dim=1)
        least = torch.cat(
            [
                torch.full((level.shape[2] * level.shape[3],), float(stride), device=pixels.device)
                for level, stride in zip(logits, head.strides, strict=True)
            ]
        )
        places = _promising(scores.amax(2), settings["score_thr"])
        chosen = take(torch.cat([level.flatten(2).transpose(1, 2) for level in kernels], dim=1), places)
        soft = torch.einsum("nkc,nchw->nkhw", chosen, pixels).sigmoid()
        hard = (soft > settings["mask_thr"]).to(soft)
        area = hard.sum((2, 3))
        maskness = (soft * hard).sum((2, 3)) / area.clamp(min=1)
        scores = take(scores, places)
        found = (scores > settings["score_thr"]) & (area > least[places])[..., None]
        scores = torch.where(found, scores * maskness[..., None], 0.0)
        values, pairs = highest(scores.flatten(1), settings["nms_pre"])
        labels, drawn = pairs % scores.shape[-1], pairs // scores.shape[-1]
        values = _decayed(
            values, labels, take(hard.flatten(2), drawn), area.gather(1, drawn), settings["sigma"]
        )
        values = torch.where(values >= max(settings["filter_thr"], 1e-6), values, 0.0)
        best, order = highest(values, settings["max_per_img"])
        masks = _chosen(soft, drawn.gather(1, order))
        return best.clamp(min=0), torch.where(best > 0, labels.gather(1, order), -1), masks


class Mask2Former(WholeMasks):
    """Mask2Former (Cheng et al. 2022): masks as logits, and scores of classes alone.

    mmdet multiplies them by the mean of the mask in the original image; who reads the graph does that.
    """

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        if self.thresholds.get("panoptic_on", True) or not self.thresholds.get("instance_on", False):
            raise KitError("panoptic segments cannot be exported", "docs/export.md says which heads can")
        replace_pixel_decoder(model.panoptic_head)
        self.finishing = {"mask_logits": True, "divisor": self.pixels.divisor}

    def find(self, features: Any) -> tuple[Tensor, ...]:
        """Choose the surest pairs of query and class, things alone."""
        classified, masks = (layers[-1] for layers in self.model.panoptic_head(features, []))
        scores = classified.softmax(-1)[..., :-1]
        classes = scores.shape[-1]
        best, places = scores.flatten(1).topk(self.thresholds.get("max_per_image", 100), dim=1)
        labels = places % classes
        labels = torch.where(labels < self.model.num_things_classes, labels, -1)
        return best, labels, _chosen(masks, places // classes)


def _chosen(masks: Tensor, places: Tensor) -> Tensor:
    """Return the masks (N, M, h, w) of masks (N, K, h, w) at ``places`` (N, M)."""
    index = places[..., None, None].expand(-1, -1, *masks.shape[2:])
    return masks.gather(1, index)


def _peaks(scores: Tensor) -> Tensor:
    """Return scores (N, C, S, S) where none of the places left, above and both is higher: (N, S * S, C)."""
    highest_near = max_pool2d(scores, 2, stride=1, padding=1)[:, :, :-1, :-1]
    return (scores * (highest_near == scores)).flatten(2).transpose(1, 2)


def _outputs(head: Any, features: Any) -> Any:
    """Return what SOLOv2's head does, whose coordinates are those of one size only when they are traced."""
    from mmdet.models.dense_heads import solov2_head

    with patch.object(solov2_head, "generate_coordinate", _coordinates):
        return head(features)


def _coordinates(shape: Sequence[int], device: torch.device) -> Tensor:
    """Return x and y of each pixel of maps (N, C, H, W), from -1 to 1: (N, 2, H, W)."""
    y, x = torch.meshgrid(_spread(shape[2], device), _spread(shape[3], device), indexing="ij")
    return torch.stack([x, y]).expand(shape[0], -1, -1, -1)


def _spread(length: int, device: torch.device) -> Tensor:
    """Return ``length`` numbers from -1 to 1, or -1 alone."""
    steps = torch.arange(length, dtype=torch.float32, device=device)
    return 2 * steps / steps[-1].clamp(min=1) - 1


def _promising(scores: Tensor, threshold: float) -> Tensor:
    """Return the places (N, K) of scores (N, P) above a threshold, the highest first.

    K is the number of the image that has most, and two at least: a graph takes it that there are some.
    """
    values, places = scores.topk(scores.shape[1], dim=1)
    some = (values > threshold).any(0) | (torch.arange(scores.shape[1], device=scores.device) < 2)
    return places[:, some.nonzero()[:, 0]]


def _decayed(scores: Tensor, labels: Tensor, masks: Tensor, area: Tensor, sigma: float) -> Tensor:
    """Matrix NMS (Wang et al. 2020) of scores (N, K), highest first, by masks (N, K, pixels) of 0 and 1."""
    common = masks @ masks.transpose(1, 2)
    iou = common / (area[:, :, None] + area[:, None] - common).clamp(min=1)
    alike = (labels[:, :, None] == labels[:, None]) & (scores[:, :, None] > 0)
    iou = (iou * alike).triu(diagonal=1)
    own = iou.amax(1)[:, :, None]
    return scores * torch.exp(-sigma * (iou**2 - own**2)).amin(1)

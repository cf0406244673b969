"""Detectors that ask with a fixed number of queries as one graph: Deformable DETR and DINO."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from segdet_kit.openmmlab.export.deformable import (
    Level,
    flattened,
    levels_of,
    reference_points,
    replace_attention,
)
from segdet_kit.openmmlab.export.dense import Detector, clip, take


class QueryDetector(Detector):
    """Deformable DETR (Zhu et al. 2021), DINO (Zhang et al. 2023) and their kin."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        replace_attention(model)
        model.encoder.get_encoder_reference_points = lambda spatial_shapes, valid_ratios, device: (
            reference_points(spatial_shapes, valid_ratios)
        )
        model.gen_encoder_output_proposals = self._proposals
        if hasattr(model, "dn_query_generator"):
            model.forward_decoder = self._decode

    def find(self, features: Sequence[Tensor], height: int, width: int) -> tuple[Tensor, ...]:
        """Run the transformer, and choose the surest pairs of query and class."""
        model, images = self.model, features[0].shape[0]
        levels = levels_of(features, (height, width), self.pixels.divisor)
        where = flattened(
            [
                model.positional_encoding(level.padded[None]) + embedding[:, None, None]
                for level, embedding in zip(levels, model.level_embed, strict=True)
            ]
        )
        padded = torch.cat([level.padded.flatten() for level in levels]).expand(images, -1)
        shares = torch.stack([level.share for level in levels]).expand(images, -1, -1)
        encoded = model.forward_encoder(flattened(features), padded, where, levels, None, shares)
        queries, _ = model.pre_decoder(**encoded)
        decoded = model.forward_decoder(
            **queries, memory_mask=padded, spatial_shapes=levels, level_start_index=None, valid_ratios=shares
        )
        logits, boxes = (layers[-1] for layers in model.bbox_head(**decoded))
        return self._chosen(logits.sigmoid(), boxes, height, width)

    def _chosen(
        self, scores: Tensor, boxes: Tensor, height: int, width: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        classes = scores.shape[-1]
        values, places = scores.flatten(1).topk(self.thresholds.get("max_per_img", scores.shape[1]), dim=1)
        x, y, across, down = take(boxes, places // classes).unbind(-1)
        left, right = (x - across / 2) * width, (x + across / 2) * width
        top, bottom = (y - down / 2) * height, (y + down / 2) * height
        corners = torch.stack([left, top, right, bottom], dim=-1)
        return clip(corners, height, width), values, places % classes

    def _decode(
        self, query: Tensor, memory: Tensor, memory_mask: Tensor, dn_mask: None, **placing: Any
    ) -> dict[str, Any]:
        """What DINO's ``forward_decoder`` returns; by asking for ``len(query)`` that one fixes the batch."""
        states, references = self.model.decoder(
            query=query,
            value=memory,
            key_padding_mask=memory_mask,
            self_attn_mask=dn_mask,
            reg_branches=self.model.bbox_head.reg_branches,
            **placing,
        )
        return {"hidden_states": states, "references": list(references)}

    def _proposals(self, memory: Tensor, padded: Tensor, levels: Sequence[Level]) -> tuple[Tensor, Tensor]:
        """What ``gen_encoder_output_proposals`` returns: places in padding or near borders do not count."""
        boxes = torch.cat(
            [
                torch.cat([level.centres, torch.full_like(level.centres, 0.05 * 2**number)], dim=1)
                for number, level in enumerate(levels)
            ]
        )
        counts = ((boxes > 0.01) & (boxes < 0.99)).all(-1) & ~padded
        logits = torch.log(boxes / (1 - boxes)).masked_fill(~counts[..., None], float("inf"))
        kept = self.model.memory_trans_fc(memory.masked_fill(~counts[..., None], 0.0))
        return self.model.memory_trans_norm(kept), logits

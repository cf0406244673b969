"""Losses that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import DETECTION_TASKS, Loss
from segdet_kit.hookspecs import hookimpl


@hookimpl
def register_losses() -> list[Loss]:
    """Offer the kit's own losses."""
    return [
        Loss(
            name="giou",
            target="mmdet.models.losses:GIoULoss",
            summary="generalised IoU of boxes (Rezatofighi et al. 2019)",
            tasks=DETECTION_TASKS,
            defaults={"loss_weight": 2.0},
        ),
        Loss(
            name="cross-entropy",
            target="mmseg.models.losses.cross_entropy_loss:CrossEntropyLoss",
            summary="cross entropy of each pixel",
            tasks=("semantic",),
        ),
        Loss(
            name="focal",
            target="segdet_kit.builtin.losses.focal:FocalLoss",
            summary="cross entropy that turns down easy pixels (Lin et al. 2017)",
            tasks=("semantic",),
        ),
        Loss(
            name="lovasz",
            target="mmseg.models.losses.lovasz_loss:LovaszLoss",
            summary="surrogate of the mean IoU (Berman et al. 2018)",
            tasks=("semantic",),
            defaults={"reduction": "none", "loss_type": "multi_class"},
        ),
        Loss(
            name="label-smoothing",
            target="segdet_kit.builtin.losses.cross_entropy:SmoothedCrossEntropy",
            summary="cross entropy that asks for no certainty (Szegedy et al. 2016)",
            tasks=("semantic",),
        ),
        Loss(
            name="ohem",
            target="segdet_kit.builtin.losses.cross_entropy:HardPixelCrossEntropy",
            summary="cross entropy of the hard pixels alone (Shrivastava et al. 2016)",
            tasks=("semantic",),
        ),
        Loss(
            name="dice",
            target="segdet_kit.builtin.losses.tversky:TverskyLoss",
            summary="overlap of each class, however few its pixels (Milletari et al. 2016)",
            tasks=("semantic",),
            defaults={"false_positives": 0.5, "false_negatives": 0.5, "loss_name": "loss_dice"},
        ),
        Loss(
            name="tversky",
            target="segdet_kit.builtin.losses.tversky:TverskyLoss",
            summary="Dice that weighs what is missed more than what is spurious (Salehi et al. 2017)",
            tasks=("semantic",),
        ),
    ]

"""Checks of heads, in small models on generated shapes."""

from __future__ import annotations

from typing import Any

import torch

from segdet_kit.components import Head, Task
from segdet_kit.testing.build import openmmlab
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.model import Trial, learn, make_trial
from segdet_kit.testing.subject import Subject


def learns_and_predicts(subject: Subject, head: Head) -> None:
    """For each task: finite losses, finite gradients that reach the head, and predictions in range."""
    for task in head.tasks:
        with openmmlab(task):
            trial = make_trial(subject, head, task)
            _learn(head, task, trial)
            _predict(head, task, trial)


def _learn(head: Head, task: Task, trial: Trial) -> None:
    losses = learn(trial)
    total, values = trial.model.parse_losses(losses)
    if not isinstance(total, torch.Tensor) or not total.requires_grad:
        raise CheckFailure(
            f"{task}: none of {', '.join(losses) or 'no losses'} has a gradient",
            f"name the losses of {head.target} loss_...: mmengine adds up those whose names hold 'loss'",
        )
    wrong = [name for name, value in values.items() if not value.isfinite().all()]
    if wrong:
        raise CheckFailure(f"{task}: not finite: {', '.join(wrong)}", f"mend the losses of {head.target}")
    torch.autograd.backward(total)
    part = getattr(trial.model, head.slot) if head.slot else trial.model
    gradients = [
        parameter.grad
        for parameter in part.parameters()
        if parameter.requires_grad and parameter.grad is not None
    ]
    if not any(gradient.any() for gradient in gradients):
        raise CheckFailure(
            f"{task}: no gradient reaches the weights of {head.slot or 'the model'}",
            f"compute the losses of {head.target} from its outputs, without detach or no_grad",
        )
    if not all(gradient.isfinite().all() for gradient in gradients):
        raise CheckFailure(f"{task}: gradients are not finite", f"mend the losses of {head.target}")


def _predict(head: Head, task: Task, trial: Trial) -> None:
    samples = []
    trial.model.eval()
    with torch.no_grad():
        for one in range(len(trial.testing["inputs"])):
            samples += trial.model.test_step(
                {key: value[one : one + 1] for key, value in trial.testing.items()}
            )
    for sample in samples:
        if task == "semantic":
            fault = _label_map(sample, trial)
        elif task == "panoptic":
            fault = _segments(sample, trial)
        else:
            fault = _instances(sample, trial, task)
        if fault:
            raise CheckFailure(f"{task}: {fault}", f"mend what {head.target} predicts")


def _label_map(sample: Any, trial: Trial) -> str:
    if "pred_sem_seg" not in sample:
        return "nothing is predicted: there is no pred_sem_seg"
    labels = sample.pred_sem_seg.data
    if tuple(labels.shape[-2:]) != tuple(sample.ori_shape):
        return f"an image of {tuple(sample.ori_shape)} has a label map of {tuple(labels.shape[-2:])}"
    if labels.min() < 0 or labels.max() >= trial.classes:
        return f"{trial.classes} classes, but labels {int(labels.min())} to {int(labels.max())}"
    return ""


def _segments(sample: Any, trial: Trial) -> str:
    from mmdet.structures import INSTANCE_OFFSET

    if "pred_panoptic_seg" not in sample:
        return "nothing is predicted: there is no pred_panoptic_seg"
    ids = sample.pred_panoptic_seg.sem_seg
    if tuple(ids.shape[-2:]) != tuple(sample.ori_shape):
        return f"an image of {tuple(sample.ori_shape)} has segments of {tuple(ids.shape[-2:])}"
    labels = ids % INSTANCE_OFFSET
    if labels.max() > trial.classes:  # itself it stands for no class
        return f"{trial.classes} classes, but labels {sorted(set(labels.unique().tolist()))}"
    return ""


def _instances(sample: Any, trial: Trial, task: Task) -> str:
    wanted = ["bboxes", "scores", "labels", *(["masks"] if task == "instance" else [])]
    missing = [name for name in wanted if name not in sample.get("pred_instances", {})]
    if missing:
        return f"pred_instances lacks {', '.join(missing)}"
    found = sample.pred_instances
    if len(found.bboxes) and not found.bboxes.isfinite().all():
        return "boxes are not finite"
    if ((found.scores < 0) | (found.scores > 1)).any():
        return "scores are not in 0..1"
    if ((found.labels < 0) | (found.labels >= trial.classes)).any():
        return f"{trial.classes} classes, but labels {sorted(set(found.labels.tolist()))}"
    if "masks" in wanted and tuple(found.masks.shape[1:]) != tuple(sample.ori_shape):
        return f"an image of {tuple(sample.ori_shape)} has masks of {tuple(found.masks.shape[1:])}"
    return ""

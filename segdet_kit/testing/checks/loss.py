"""Checks of losses, in the place of a head's own."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch

from segdet_kit.assemble.layers import Layers
from segdet_kit.assemble.native import native_path, run_native
from segdet_kit.components import Head, Loss, Task
from segdet_kit.testing.build import openmmlab
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.model import learn, make_trial
from segdet_kit.testing.subject import Subject


def has_gradient(subject: Subject, loss: Loss) -> None:
    """In some slot of a head the loss is a finite number, and its gradient reaches the weights."""
    tried: list[str] = []
    for task in loss.tasks[:1]:
        for head, slot in _places(subject, task):
            with openmmlab(task):
                try:
                    fault = _try(subject, loss, head, task, slot)
                except Exception as error:  # noqa: BLE001 - a loss that belongs elsewhere may raise anything
                    fault = f"{type(error).__name__}: {' '.join(str(error).split())}"
            if not fault:
                return
            tried.append(f"{head.name}'s {slot!r}: {fault}")
    if tried:
        raise CheckFailure(
            f"loss {loss.name!r} works in no slot of a head: {'; '.join(tried)}",
            f"narrow its tasks, or take in {loss.target} what a head gives and return a scalar of it",
        )


def _places(subject: Subject, task: Task) -> list[tuple[Head, str]]:
    """Slots to try, of the plugin's own heads first: of one name, one for each type of loss in it."""
    heads = [
        each for each in subject.catalog.components("head") if isinstance(each, Head) and task in each.tasks
    ]
    own = [head for head in heads if head in subject.components]
    others = [
        head for head in heads if subject.catalog.provider(head).plugin == "builtin" and head not in own
    ]
    places: dict[tuple[str, str], tuple[Head, str]] = {}
    for head in [*own, *others]:
        for slot, path in head.losses.items():
            places.setdefault((slot, _replaced(head, path)), (head, slot))
    return list(places.values())


def _replaced(head: Head, path: str | tuple[str, ...]) -> str:
    """Return the type of the loss that stands at this path of the head's base."""
    layers = Layers()
    layers.set("model", run_native(native_path(head.base))["model"], head.base)
    return str(layers.get(f"model.{path if isinstance(path, str) else path[0]}.type"))


def _try(subject: Subject, loss: Loss, head: Head, task: Task, slot: str) -> str:
    """Return what is wrong with the loss in this place, or nothing."""
    trial = make_trial(subject, head, task, losses={slot: loss.name})
    module, _, name = loss.target.partition(":")
    target = getattr(import_module(module), name)
    outputs: list[Any] = []
    places: list[Any] = [
        each for each in trial.model.modules() if isinstance(target, type) and isinstance(each, target)
    ]
    for place in places:
        place.register_forward_hook(lambda _, __, output: outputs.append(output))
    learn(trial)
    if not outputs:
        return "it is never called"
    for output in outputs:
        if not isinstance(output, torch.Tensor) or output.ndim:
            return f"it returns {tuple(output.shape) if isinstance(output, torch.Tensor) else type(output)}"
        if not output.isfinite():
            return f"it is {float(output.detach())}"
    total = torch.stack([output.reshape(()) for output in outputs]).sum()
    if not total.requires_grad:
        return "it has no gradient"
    weights = [parameter for parameter in trial.model.parameters() if parameter.requires_grad]
    gradients = torch.autograd.grad(total, weights, allow_unused=True)
    reached = [gradient for gradient in gradients if gradient is not None]
    if not all(gradient.isfinite().all() for gradient in reached):
        return "its gradient is not finite"
    return "" if any(gradient.any() for gradient in reached) else "its gradient is zero everywhere"

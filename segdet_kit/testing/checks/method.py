"""Checks of methods, on small models and generated shapes."""

from __future__ import annotations

import copy
import io
from typing import Any

import torch
from mmengine.optim import build_optim_wrapper
from torch import Tensor, nn

from segdet_kit.components import Head, Method, Task
from segdet_kit.openmmlab import checkpoint
from segdet_kit.openmmlab.method import TrainingMethod, build_method
from segdet_kit.openmmlab.sampling import seeded
from segdet_kit.testing.build import openmmlab
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.model import Trial, make_trial
from segdet_kit.testing.subject import Subject

OPTIMIZER = {"type": "OptimWrapper", "optimizer": {"type": "SGD", "lr": 1e-3, "momentum": 0.9}}


def trains(subject: Subject, method: Method) -> None:
    """For each task: a finite loss, by which the model learns. A copy of all that is saved goes on alike."""
    for task in method.tasks:
        with openmmlab(task):
            trial = make_trial(subject, _head(subject, task), task)
            _check(method, task, trial)


def _head(subject: Subject, task: Task) -> Head:
    """Return the kit's first head of a task."""
    heads = (each for each in subject.catalog.components("head") if isinstance(each, Head))
    return next(head for head in heads if task in head.tasks)


def _check(method: Method, task: Task, trial: Trial) -> None:
    model, wrapper = trial.model, build_optim_wrapper(trial.model, dict(OPTIMIZER))
    before = copy.deepcopy(model.state_dict())
    trained = _built(method, trial, model)
    logged = _step(trained, trial, model, wrapper)
    _step(trained, trial, model, wrapper)
    wrong = [name for name, value in logged.items() if not torch.as_tensor(value).isfinite().all()]
    if "loss" not in logged or wrong:
        raise CheckFailure(
            f"{task}: not finite: {', '.join(wrong)}"
            if wrong
            else f"{task}: 'loss' is not among {list(logged)}",
            f"let train_step of {method.target} return finite scalars by name, 'loss' among them",
        )
    after = model.state_dict()
    if all(torch.equal(after[name], before[name]) for name, _ in model.named_parameters()):
        raise CheckFailure(
            f"{task}: the model does not learn", "give its loss to optim_wrapper.update_params"
        )
    if after.keys() != before.keys() or _shared(trained, model):
        raise CheckFailure(
            f"{task}: the method and the model hold parts of each other",
            "do not make the model an attribute of the module: train_step is given it",
        )
    _resume(method, task, trial, trained, wrapper)


def _resume(method: Method, task: Task, trial: Trial, trained: TrainingMethod, wrapper: Any) -> None:
    file = io.BytesIO()
    torch.save({"method": trained.state_dict(), "optimizer": wrapper.state_dict()}, file)
    file.seek(0)
    saved = checkpoint.read(file)
    model = copy.deepcopy(trial.model)
    restored = _built(method, trial, model)
    restored.load_state_dict(saved["method"])
    own = build_optim_wrapper(model, dict(OPTIMIZER))
    own.load_state_dict(saved["optimizer"])
    straight = _step(trained, trial, trial.model, wrapper)
    resumed = _step(restored, trial, model, own)
    if any(not torch.allclose(resumed[name], straight[name], rtol=1e-4) for name in straight) or any(
        not torch.allclose(resumed, straight, rtol=1e-3, atol=1e-5)
        for resumed, straight in zip(_floats(model), _floats(trial.model), strict=True)
    ):
        raise CheckFailure(
            f"{task}: a resumed training goes on otherwise than one that was not stopped",
            f"let state_dict of {method.target} hold all that its next step depends on: buffers are in it, "
            "and so is what get_extra_state returns, such as an optimiser's state",
        )


def _built(method: Method, trial: Trial, model: Any) -> TrainingMethod:
    return build_method({"type": method.type, **method.defaults}, model, trial.loader)


def _step(trained: TrainingMethod, trial: Trial, model: Any, wrapper: Any) -> dict[str, Tensor]:
    with seeded(0, 1):
        return trained.train_step(model, copy.deepcopy(trial.training), wrapper)


def _floats(model: nn.Module) -> list[Tensor]:
    return [value for value in model.state_dict().values() if value.is_floating_point()]


def _shared(trained: TrainingMethod, model: nn.Module) -> bool:
    own = {value.data_ptr() for value in model.state_dict().values() if value.numel()}
    values = [value for value in trained.state_dict().values() if isinstance(value, Tensor)]
    return any(value.data_ptr() in own for value in values if value.numel())

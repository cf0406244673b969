"""Optimiser, learning-rate schedule, training loop and the settings of the run."""

from __future__ import annotations

from typing import Any

from segdet_kit.assemble.build import Build
from segdet_kit.components import Backbone, Method
from segdet_kit.errors import RecipeError
from segdet_kit.recipe import Schedule
from segdet_kit.suggest import nearest

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"type": "SGD", "momentum": 0.9},
    "adam": {"type": "Adam"},
    "adamw": {"type": "AdamW"},
}


def assemble_schedule(build: Build) -> None:
    """Set ``optim_wrapper``, ``param_scheduler``, ``train_cfg``, randomness and environment."""
    recipe, layers = build.recipe, build.layers
    schedule = recipe.schedule
    said_at = build.said_at
    layers.set(
        "train_cfg.type", "segdet_kit.openmmlab.loop.ResumableTrainLoop", "wired: to be resumed anywhere"
    )
    layers.set("train_cfg.max_epochs", schedule.epochs, said_at("schedule.epochs"))
    layers.set("train_cfg.val_interval", schedule.val_interval, said_at("schedule.val_interval"))
    if recipe.method is not None:
        method = build.catalog.get(Method, recipe.method.type, recipe.task)
        build.put("train_cfg.method", method, recipe.method, "method")
    layers.set("optim_wrapper", _optim_wrapper(schedule), said_at("schedule.optimizer"))
    layers.set("optim_wrapper.optimizer.lr", schedule.lr, said_at("schedule.lr"))
    layers.set(
        "optim_wrapper.optimizer.weight_decay", schedule.weight_decay, said_at("schedule.weight_decay")
    )
    if schedule.layer_decay is not None:
        constructor = "segdet_kit.openmmlab.transfer.LayerDecayConstructor"
        layers.set("optim_wrapper.constructor", constructor, said_at("schedule.layer_decay"))
        layers.set(
            "optim_wrapper.paramwise_cfg.layer_decay", schedule.layer_decay, said_at("schedule.layer_decay")
        )
    layers.set("param_scheduler", _param_schedulers(schedule), said_at("schedule.policy"))
    hooks: list[tuple[dict[str, Any], str]] = []
    if schedule.ema is not None:
        hook = {
            "type": "EMAHook",
            "ema_type": "mmdet.ExpMomentumEMA",
            "momentum": 1 - schedule.ema,
            # mmdet's 2000 steps until the mean reaches its decay are more than many a training has.
            "gamma": max(1, round(0.2 / (1 - schedule.ema))),
            # Statistics of the weights of this step do not fit their mean.
            "update_buffers": True,
            "priority": 49,
        }
        hooks.append((hook, "schedule.ema"))
    if schedule.freeze:
        _refuse_frozen_noise(build)
        freeze = {"type": "segdet_kit.openmmlab.transfer.FreezeHook", "levels": schedule.freeze}
        hooks.append((freeze, "schedule.freeze"))
    if hooks:
        layers.set("custom_hooks", [{} for _ in hooks], "wired: as the schedule asks")
    for index, (described, key) in enumerate(hooks):
        layers.set(f"custom_hooks.{index}", described, said_at(key))
    for key, value in recipe.runtime.model_dump().items():
        layers.set(f"runtime.{key}", value, said_at(f"runtime.{key}"))
    layers.set("randomness", {"seed": recipe.seed, "deterministic": False}, said_at("seed"))
    layers.set("env_cfg.mp_cfg", {"mp_start_method": "fork", "opencv_num_threads": 0}, "default of the kit")
    layers.set("env_cfg.dist_cfg", {"backend": "nccl"}, "default of the kit")
    layers.set("log_level", "WARNING", "default of the kit")
    layers.set(
        "work_dir", f"runs/{recipe.source.stem if recipe.source else recipe.task}", "default of the kit"
    )


def _refuse_frozen_noise(build: Build) -> None:
    """A backbone of the recipe's that is frozen without weights would never learn anything."""
    reference = build.recipe.backbone
    if reference is None:
        return
    backbone = build.catalog.get(Backbone, reference.type, build.recipe.task)
    if not {**backbone.defaults, **reference.args}.get("pretrained"):
        raise RecipeError(
            f"{build.said_at('schedule.freeze')}: schedule.freeze keeps weights of backbone "
            f"{backbone.name!r} that are random",
            f"give it weights: backbone = dict(type={backbone.name!r}, pretrained=True), or a path of some",
        )


def _optim_wrapper(schedule: Schedule) -> dict[str, Any]:
    optimizer = _optimizer(schedule.optimizer)
    wrapper: dict[str, Any] = {
        "type": "OptimWrapper",
        "optimizer": optimizer,
        # Decaying scales and offsets of normalisation pulls features to zero without regularising anything.
        "paramwise_cfg": {"norm_decay_mult": 0.0, "bias_decay_mult": 0.0, "bypass_duplicate": True},
    }
    if schedule.clip_grad is not None:
        wrapper["clip_grad"] = {"max_norm": schedule.clip_grad}
    if schedule.accumulate > 1:
        wrapper["accumulative_counts"] = schedule.accumulate
    return wrapper


def _optimizer(named: str | dict[str, Any]) -> dict[str, Any]:
    if not isinstance(named, str):
        return dict(named)
    if named not in OPTIMIZERS:
        guess = nearest(named, OPTIMIZERS)
        raise RecipeError(
            f"schedule.optimizer = {named!r} is unknown",
            (f"did you mean {guess!r}? " if guess else "")
            + f"there are {', '.join(OPTIMIZERS)}, or write dict(type='NAME OF A TORCH OPTIMISER', ...)",
        )
    return dict(OPTIMIZERS[named])


def _param_schedulers(schedule: Schedule) -> list[dict[str, Any]]:
    warmup = schedule.warmup_epochs
    if warmup >= schedule.epochs:
        raise RecipeError(
            f"schedule.warmup_epochs = {warmup:g} leaves nothing of schedule.epochs = {schedule.epochs}",
            "lower the one or raise the other: --set schedule.warmup_epochs=0",
        )
    span = {"begin": warmup, "end": schedule.epochs, "by_epoch": True, "convert_to_iter_based": True}
    schedulers: list[dict[str, Any]] = []
    if warmup:
        schedulers.append(
            {
                "type": "LinearLR",
                "start_factor": 0.01,
                "begin": 0,
                "end": warmup,
                "by_epoch": True,
                "convert_to_iter_based": True,
            }
        )
    if schedule.policy == "cosine":
        tail = schedule.epochs - warmup
        schedulers.append({"type": "CosineAnnealingLR", "T_max": tail, "eta_min": schedule.lr * 0.01, **span})
    elif schedule.policy == "poly":
        schedulers.append({"type": "PolyLR", "power": 0.9, "eta_min": schedule.lr * 0.01, **span})
    elif schedule.policy == "step":
        milestones = [round(schedule.epochs * 2 / 3), round(schedule.epochs * 11 / 12)]
        schedulers.append({"type": "MultiStepLR", "milestones": milestones, "gamma": 0.1, "by_epoch": True})
    return schedulers

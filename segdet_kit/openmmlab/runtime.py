"""From a config to something that runs: the only door to OpenMMLab.

``prepare`` first, then everything inside ``isolated``::

    prepare()
    with isolated("auto", config.default_scope):
        runner = build_runner(config, work_dir)
        runner.test()
"""

from __future__ import annotations

import copy
import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from segdet_kit.openmmlab import ops
from segdet_kit.openmmlab.deferred import deferred
from segdet_kit.openmmlab.quiet import quiet

if TYPE_CHECKING:
    from mmengine.config import Config
    from torch import nn

    from segdet_kit.openmmlab.runner import KitRunner


BUILT = (
    *("model", "data_preprocessor", "optim_wrapper", "param_scheduler", "default_hooks", "custom_hooks"),
    *(f"{split}_{part}" for split in ("train", "val", "test") for part in ("dataloader", "cfg", "evaluator")),
)
"""What a Runner builds. A native config has more: variables that its own lines were made of."""


def prepare() -> None:
    """Make both toolboxes usable: operators, safe checkpoints, and all their classes registered.

    Sets no default scope. Can be repeated, and must come before any other import of OpenMMLab.
    """
    ops.install()
    # While they are imported, both print to stdout that an optional package is not there.
    with quiet(), redirect_stdout(io.StringIO()), deferred():
        from mmdet.utils import register_all_modules as register_mmdet
        from mmseg.utils import register_all_modules as register_mmseg

        register_mmdet(init_default_scope=False)
        register_mmseg(init_default_scope=False)

    from segdet_kit.openmmlab import checkpoint, loading

    checkpoint.guard()
    loading.guard()


def build_runner(config: Config, work_dir: Path) -> KitRunner:
    """Build a Runner that keeps its logs in ``work_dir``. Call it inside ``isolated``.

    ``config.runtime`` may say ``precision`` (fp32, bf16, fp16), ``channels_last`` and ``compile``.
    Raises ``RecipeError`` for a type that cannot be found or imported, and ``KitError`` for settings
    that the device cannot do.
    """
    import torch
    from mmengine.config import Config
    from mmengine.device import get_device

    from segdet_kit.openmmlab.feeding import pin_memory
    from segdet_kit.openmmlab.precision import use_precision
    from segdet_kit.openmmlab.preflight import check_types
    from segdet_kit.openmmlab.runner import KitRunner

    check_types({key: value for key, value in config.to_dict().items() if key in ("default_scope", *BUILT)})
    # The Runner writes the config into its log and into checkpoints; yapf would lay it out each time.
    config = Config(config.to_dict(), filename=config.filename, format_python_code=False)
    if config.get("optim_wrapper"):
        precision = config.get("runtime", {}).get("precision", "fp32")
        use_precision(config, precision, torch.device(get_device()))
    if config.get("train_dataloader"):
        pin_memory(config.train_dataloader, torch.device(get_device()))
    config.work_dir = str(work_dir)
    return KitRunner.from_cfg(config)


def build_model(
    config: Config,
    checkpoint: Path | None = None,
    device: str = "auto",
    runtime: str | None = None,
    precision: str | None = None,
) -> nn.Module:
    """Build the model of a config for evaluation on ``device``, with the weights of ``checkpoint``.

    Where ``checkpoint`` is the folder of an exported model, that takes the model's place. ``runtime``: the
    name of what runs it; torch, or the artifact's own, if None. ``precision``: fp32, bf16, fp16 or int8; the
    runtime's or the artifact's own if None. Leaves no trace in OpenMMLab's global state. Raises what
    ``build_runner``, ``load_weights`` and ``serve`` raise, and ``KitError`` for a runtime, a precision or a
    device that does not suit.
    """
    from mmengine.registry import MODELS

    from segdet_kit.openmmlab.checkpoint import load_weights
    from segdet_kit.openmmlab.export.served import serve
    from segdet_kit.openmmlab.label_map import decide_quickly
    from segdet_kit.openmmlab.preflight import check_types
    from segdet_kit.openmmlab.runtimes import TORCH, choose, device_of, make, precision_of
    from segdet_kit.openmmlab.segformer import join_while_small
    from segdet_kit.openmmlab.state import isolated
    from segdet_kit.openmmlab.suppression import end_suppression_early

    if checkpoint is not None and checkpoint.is_dir():
        return serve(checkpoint, device, runtime, precision)
    running = choose(runtime or TORCH, {TORCH}, "checkpoints; export the model to run it there")
    precision = precision_of(running, precision)
    check_types({"default_scope": config.default_scope, "model": config.model.to_dict()})
    with isolated(device_of(running, device), config.default_scope) as chosen:
        model: nn.Module = MODELS.build(copy.deepcopy(config.model))
        if checkpoint is not None:
            load_weights(model, checkpoint)
        else:
            _fill_level_embeddings(model)
        end_suppression_early(model)
        decide_quickly(model)
        join_while_small(model)
        prepared: nn.Module = make(running).prepare(model.to(chosen).eval(), precision)
        return prepared


def _fill_level_embeddings(model: nn.Module) -> None:
    """Draw what DETR's kin leave as the memory was until ``init_weights``, which may download weights."""
    from torch.nn.init import normal_

    for module in model.modules():
        embedding = module._parameters.get("level_embed")
        if embedding is not None:
            normal_(embedding)

"""Blocks that a recipe puts behind the stages of a backbone, or behind the levels of a neck."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from mmengine.model import ModuleList, Sequential
from mmengine.registry import MODELS
from torch import Tensor, nn

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.stage_ends import StageEnd, stage_ends
from segdet_kit.openmmlab.stages import BLOCKS


def with_blocks(
    module: dict[str, Any], blocks: Iterable[dict[str, Any]], channels: Sequence[int] | None = None
) -> nn.Module:
    """Build a module, and put blocks behind the levels that it returns.

    ``module``: the config of a backbone or neck. ``blocks``: a ``block``, its config, and the ``levels`` it
    stands behind, counted from 1, the finest; all of them unless given. Blocks behind one level follow each
    other. ``channels``: of each level of a neck. None for a backbone, of whose stages a block is the last
    part: the next stage reads what it returns. Names and weights of the module stay as they are; the blocks'
    own names begin with ``added_blocks``. Raises ``KitError`` for a level that is not there, and for a
    backbone whose stages cannot be told.
    """
    built: nn.Module = MODELS.build(module)
    ends = stage_ends(built) if channels is None else [StageEnd("", each) for each in channels]
    chains = [Sequential() for _ in ends]
    for described in blocks:
        for number in described.get("levels") or range(1, len(ends) + 1):
            if number > len(ends):
                raise KitError(
                    f"a block is put behind level {number}, but {type(built).__name__} returns {len(ends)}",
                    "levels are those that the head reads, or the neck returns, from 1, the finest",
                )
            config = {**described["block"], "channels": ends[number - 1].channels}
            chains[number - 1].append(MODELS.build(config))
    built.add_module(BLOCKS, ModuleList(chains))
    if hasattr(built, "init_weights"):
        built.init_weights = partial(_init_weights, built)  # type: ignore[assignment]
    _hook(built, ends, chains)
    return built


def _init_weights(module: nn.Module) -> None:
    """Initialise a module with its blocks aside: its rules and its checkpoint are not for them."""
    blocks = module._modules.pop(BLOCKS)
    type(module).init_weights(module)  # type: ignore[attr-defined]
    module.add_module(BLOCKS, blocks)
    blocks.init_weights()  # type: ignore[operator, union-attr]


def _hook(module: nn.Module, ends: Sequence[StageEnd], chains: Sequence[nn.Sequential]) -> None:
    if not any(end.module for end in ends):
        module.register_forward_hook(_BehindLevels(chains))
        return
    for end, chain in zip(ends, chains, strict=True):
        if len(chain):
            hook = _BehindStage(chain, end.channels_last)
            # Before others: some of timm's models collect their levels by hooks.
            module.get_submodule(end.module).register_forward_hook(hook, prepend=True)


class _BehindStage:
    """A hook that is an object, and no closure, so that a copy of the model has the copies of its blocks."""

    def __init__(self, block: nn.Module, channels_last: bool) -> None:
        self.block = block
        self.channels_last = channels_last

    def __call__(self, module: nn.Module, arguments: Any, output: Tensor) -> Tensor:
        if self.channels_last:
            return self.block(output.movedim(-1, 1)).movedim(1, -1)  # type: ignore[no-any-return]
        return self.block(output)  # type: ignore[no-any-return]


class _BehindLevels:
    """The same for all that a module returns."""

    def __init__(self, blocks: Sequence[nn.Module]) -> None:
        self.blocks = blocks

    def __call__(self, module: nn.Module, arguments: Any, output: Sequence[Tensor]) -> tuple[Tensor, ...]:
        return tuple(block(level) for block, level in zip(self.blocks, output, strict=True))

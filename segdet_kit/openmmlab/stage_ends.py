"""Where the stages of any backbone end, found by looking at its gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.stages import an_image, evaluated, levels_of


@dataclass(frozen=True)
class StageEnd:
    """The module whose output is the map of a level: ``module`` is its dotted name.

    The name is empty where the level is only what the backbone itself returns. ``channels_last``: the
    output is (N, H, W, C), and not (N, C, H, W).
    """

    module: str
    channels: int
    channels_last: bool = False


def stage_ends(backbone: nn.Module) -> list[StageEnd]:
    """Return where each level that a backbone returns comes from, finest first.

    It is the last module through which everything goes that the level is computed from, and which the next
    level is computed from too. Where no level comes before the others, as in HRNet, it is the backbone.
    The backbone is left as it was. Raises ``KitError`` where such a module returns no map.
    """
    with evaluated(backbone):
        image = an_image(backbone).requires_grad_()
        with _recorded(backbone) as outputs:
            levels = levels_of(backbone, image)
        if _side_by_side(levels, outputs):
            return [StageEnd("", level.shape[1]) for level in levels]
        return [
            _end(backbone, image, levels, index, _feeding(levels[index : index + 2], outputs))
            for index in range(len(levels))
        ]


def _end(
    backbone: nn.Module, image: Tensor, levels: list[Tensor], index: int, candidates: dict[str, Tensor]
) -> StageEnd:
    level = levels[index]
    for name, output in reversed(candidates.items()):
        if _ends_there(backbone, name, image, index):
            if output.shape == level.shape:
                return StageEnd(name, level.shape[1])
            if output.shape == level.movedim(1, -1).shape:
                return StageEnd(name, level.shape[1], channels_last=True)
            break
    raise KitError(
        f"no block can be put behind level {index + 1} of backbone {type(backbone).__name__}: "
        "no module of its own returns that map",
        "put the block behind the neck: blocks = dict(neck=...); or choose another backbone: resnet18",
    )


@contextmanager
def _recorded(backbone: nn.Module) -> Iterator[dict[str, Tensor]]:
    """Collect what each module returns, if it is one map with a gradient, in the order in which they end.

    A module that is called more than once is no place for a block.
    """
    outputs: dict[str, Tensor] = {}
    called: set[str] = set()

    def record(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, arguments: Any, output: Any) -> None:
            outputs.pop(name, None)
            if isinstance(output, Tensor) and output.requires_grad and name not in called:
                outputs[name] = output
            called.add(name)

        return hook

    with ExitStack() as stack:
        for name, module in backbone.named_modules():
            if name:
                stack.enter_context(module.register_forward_hook(record(name)))
        yield outputs


def _feeding(levels: list[Tensor], outputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the outputs that all of the levels are computed from."""
    for level in levels:
        found = torch.autograd.grad(level.sum(), [*outputs.values()], retain_graph=True, allow_unused=True)
        outputs = {
            name: output
            for (name, output), gradient in zip(outputs.items(), found, strict=True)
            if gradient is not None
        }
    return outputs


def _side_by_side(levels: list[Tensor], outputs: dict[str, Tensor]) -> bool:
    """Tell whether the finest level is computed from maps of the coarsest one."""
    coarsest = levels[-1].shape
    return coarsest != levels[0].shape and any(
        output.shape == coarsest for output in _feeding(levels[:1], outputs).values()
    )


def _ends_there(backbone: nn.Module, name: str, image: Tensor, index: int) -> bool:
    """Tell whether the image reaches the level through that module alone, and the next level too by it."""
    outputs: list[Tensor] = []

    def cut(module: nn.Module, arguments: Any, output: Tensor) -> Tensor:
        outputs.append(output.detach().requires_grad_())
        return outputs[0].clone()  # what follows may change it in place

    with backbone.get_submodule(name).register_forward_hook(cut, prepend=True):
        levels = levels_of(backbone, image)[index : index + 2]
    reached = [
        torch.autograd.grad(level.sum(), [*outputs, image], retain_graph=True, allow_unused=True)
        for level in levels
    ]
    return reached[0][1] is None and all(by_module is not None for by_module, _ in reached)

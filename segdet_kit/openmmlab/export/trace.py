"""A graph as torch's ExportedProgram, which several formats are made from."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from segdet_kit.errors import KitError

AXES = ("batch", "height", "width")


def traced(module: nn.Module, images: Tensor, dynamic: Sequence[int]) -> torch.export.ExportedProgram:
    """Trace what a module does to images like these, for all values of the ``dynamic`` dimensions.

    Raises ``KitError`` where torch cannot, with torch's reason.
    """
    free = dict.fromkeys(dynamic, torch.export.Dim.DYNAMIC)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            # torchvision describes its NMS to torch in a way that torch will give up some day.
            warnings.filterwarnings("ignore", "`create_unbacked_symint` is deprecated", FutureWarning)
            # torch's recurrent networks list their own parameters a second time.
            warnings.filterwarnings("ignore", r"The tensor attributes? .*_flat_weights", UserWarning)
            return torch.export.export(
                module,
                (images,),
                dynamic_shapes=(free,),
                strict=False,
                # Sizes are compared when the graph runs, where they cannot be proved equal before.
                prefer_deferred_runtime_asserts_over_guards=True,
            )
    except KitError:
        raise
    except Exception as error:
        raise KitError(*refusal("torch.export", dynamic, error)) from error


def refusal(tool: str, dynamic: Sequence[int], error: BaseException) -> tuple[str, str]:
    """Return message and hint for a model that a tool cannot write."""
    lines = str(error).strip().splitlines() or [""]
    message = f"{tool} cannot write this model: {type(error).__name__}: {lines[0]}"
    if 1 in dynamic:
        return message, "it may be possible for images of one size: --fixed-size"
    return message, "docs/export.md says which heads can be exported"

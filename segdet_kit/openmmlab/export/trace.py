"""A graph as torch's ExportedProgram, which several formats are made from."""

from __future__ import annotations

import warnings

import torch

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.graph import Graph

AXES = ("batch", "height", "width")


def traced(graph: Graph) -> torch.export.ExportedProgram:
    """Trace the graph for all values of its dynamic dimensions.

    Raises ``KitError`` where torch cannot, with torch's reason.
    """
    free = dict.fromkeys(graph.dynamic, torch.export.Dim.DYNAMIC)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            # torchvision describes its NMS to torch in a way that torch will give up some day.
            warnings.filterwarnings("ignore", "`create_unbacked_symint` is deprecated", FutureWarning)
            return torch.export.export(
                graph.module,
                (graph.images,),
                dynamic_shapes=(free,),
                strict=False,
                # Sizes are compared when the graph runs, where they cannot be proved equal before.
                prefer_deferred_runtime_asserts_over_guards=True,
            )
    except KitError:
        raise
    except Exception as error:
        raise KitError(*refusal("torch.export", graph, error)) from error


def refusal(tool: str, graph: Graph, error: Exception) -> tuple[str, str]:
    """Return message and hint for a model that a tool cannot write."""
    lines = str(error).strip().splitlines() or [""]
    message = f"{tool} cannot write this model: {type(error).__name__}: {lines[0]}"
    if 1 in graph.dynamic:
        return message, "it may be possible for images of one size: --fixed-size"
    return message, "docs/export.md says which heads can be exported"

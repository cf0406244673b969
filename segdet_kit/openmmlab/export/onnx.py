"""A graph as ONNX, which several formats are made from."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import torch

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.trace import AXES, refusal

PACKAGES = ("onnx", "onnxscript")


def translated(
    program: torch.export.ExportedProgram,
    outputs: Sequence[str],
    dynamic: Sequence[int],
    metadata: Mapping[str, str],
) -> torch.onnx.ONNXProgram:
    """Return what torch traced as ONNX: input ``images``, outputs by these names, metadata in its properties.

    Raises ``KitError`` where a package or an operator is missing.
    """
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise KitError(f"ONNX needs {' and '.join(missing)}", "pip install 'segdet-kit[onnx]'")
    try:
        with warnings.catch_warnings():
            # The exporter's own code uses what torch, onnxscript and copyreg deprecate.
            warnings.simplefilter("ignore")
            written = torch.onnx.export(
                program,
                dynamo=True,
                verbose=False,
                input_names=["images"],
                output_names=list(outputs),
                dynamic_shapes=({axis: AXES[axis] for axis in dynamic},),
            )
    except Exception as error:
        raise KitError(*refusal("torch.onnx", dynamic, _first_cause(error))) from error
    assert written is not None
    written.model.metadata_props.update(metadata)
    _forget_sizes(written.model.graph)
    return written


def _first_cause(error: BaseException) -> BaseException:
    """Return the error that names the operator: those raised from it tell which step of the export it was."""
    while error.__cause__:
        error = error.__cause__
    return error


def _forget_sizes(graph: Any) -> None:
    """Leave the sizes of what is computed on the way to the runtime.

    Those that torch notes hold for maps of two pixels and more, and ONNX Runtime plans its memory by them.
    """
    for node in graph:
        for value in node.outputs:
            if not value.is_graph_output():
                value.shape = None

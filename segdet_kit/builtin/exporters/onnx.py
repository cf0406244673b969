"""Writes a model as ONNX, by torch's exporter."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.graph import Graph
from segdet_kit.openmmlab.export.trace import AXES, refusal

FILE = "model.onnx"
WRITES = ("onnx", "onnxscript")


class Onnx:
    """``model.onnx``: input ``images``, outputs by the graph's names, metadata in its properties."""

    def write(self, graph: Graph, folder: Path) -> None:
        """Trace, translate and write. Raises ``KitError`` where a package or an operator is missing."""
        _require()
        program = graph.program
        try:
            with warnings.catch_warnings():
                # The exporter's own code uses what torch, onnxscript and copyreg deprecate.
                warnings.simplefilter("ignore")
                written = torch.onnx.export(
                    program,
                    dynamo=True,
                    verbose=False,
                    input_names=["images"],
                    output_names=list(graph.outputs),
                    dynamic_shapes=({axis: AXES[axis] for axis in graph.dynamic},),
                )
        except Exception as error:
            raise KitError(*refusal("torch.onnx", graph.dynamic, error)) from error
        assert written is not None
        written.model.metadata_props.update(graph.metadata)
        _forget_sizes(written.model.graph)
        written.save(folder / FILE)


def _forget_sizes(graph: Any) -> None:
    """Leave the sizes of what is computed on the way to the runtime.

    Those that torch notes hold for maps of two pixels and more, and ONNX Runtime plans its memory by them.
    """
    for node in graph:
        for value in node.outputs:
            if not value.is_graph_output():
                value.shape = None


def _require() -> None:
    missing = [name for name in WRITES if find_spec(name) is None]
    if missing:
        raise KitError(f"ONNX needs {' and '.join(missing)}", "pip install 'segdet-kit[onnx]'")

"""Writes a model as ONNX, by torch's exporter."""

from __future__ import annotations

from pathlib import Path

from segdet_kit.openmmlab.export.graph import Graph

FILE = "model.onnx"


class Onnx:
    """``model.onnx``: input ``images``, outputs by the graph's names, metadata in its properties."""

    def write(self, graph: Graph, folder: Path) -> None:
        """Trace, translate and write. Raises ``KitError`` where a package or an operator is missing."""
        graph.onnx.save(folder / FILE)

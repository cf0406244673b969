"""Writes a model as torch's ExportedProgram."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from segdet_kit.openmmlab.export.graph import Graph

FILE = "model.pt2"


class TorchExport:
    """``model.pt2``, which ``torch.export.load`` reads. Metadata is its extra file ``metadata.json``."""

    def write(self, graph: Graph, folder: Path) -> None:
        """Trace and write. Raises ``KitError`` for what torch cannot trace."""
        metadata = {"metadata.json": json.dumps(dict(graph.metadata))}
        torch.export.save(graph.program, folder / FILE, extra_files=metadata)

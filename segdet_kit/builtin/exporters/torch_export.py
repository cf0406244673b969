"""Writes a model as torch's ExportedProgram."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torchvision  # noqa: F401 - registers nms and roi_align, which a program may call

from segdet_kit.openmmlab.export.graph import Graph, Run
from segdet_kit.openmmlab.export.trace import traced

FILE = "model.pt2"


class TorchExport:
    """``model.pt2``, which ``torch.export.load`` reads. Metadata is its extra file ``metadata.json``."""

    def write(self, graph: Graph, folder: Path) -> None:
        """Trace and write. Raises ``KitError`` for what torch cannot trace."""
        metadata = {"metadata.json": json.dumps(dict(graph.metadata))}
        torch.export.save(traced(graph), folder / FILE, extra_files=metadata)

    def load(self, folder: Path) -> Run:
        """Return the program as a function of arrays."""
        program = torch.export.load(folder / FILE).module()

        def run(images: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.generic]]:
            with torch.no_grad():
                return [output.numpy() for output in program(torch.from_numpy(images))]

        return run

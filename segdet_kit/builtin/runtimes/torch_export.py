"""Runs what torch-export writes, by torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torchvision  # noqa: F401 - registers nms and roi_align, which a program may call

from segdet_kit.openmmlab.export.graph import Run
from segdet_kit.openmmlab.runtimes import file_of


class TorchExport:
    """An ExportedProgram as it is, not compiled."""

    def load(self, folder: Path, device: torch.device) -> Run:
        """Return the program of the folder's one pt2 file as a function of arrays, on a CPU."""
        program = torch.export.load(file_of(folder, "pt2")).module()

        def run(images: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.generic]]:
            with torch.no_grad():
                return [output.numpy() for output in program(torch.from_numpy(images))]

        return run

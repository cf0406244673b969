"""Runs ONNX files by ONNX Runtime, on a CPU."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.graph import Run
from segdet_kit.openmmlab.runtimes import file_of


class OnnxRuntime:
    """One session, on as many threads as torch computes on when it is opened."""

    def load(self, folder: Path, device: torch.device) -> Run:
        """Return the folder's ONNX file as a function of arrays. Raises ``KitError`` without the package."""
        if find_spec("onnxruntime") is None:
            raise KitError("ONNX files need onnxruntime", "pip install 'segdet-kit[onnx]'")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        file = file_of(folder, "onnx")
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

        def run(images: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.generic]]:
            outputs: list[npt.NDArray[np.generic]] = session.run(None, {"images": images})
            return outputs

        return run

"""Runs OpenVINO's and ONNX files by OpenVINO, on a CPU."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.graph import Run
from segdet_kit.openmmlab.runtimes import file_of


class OpenVino:
    """One model, compiled for latency, on as many threads as torch computes on when it is opened.

    It computes in float32 where it is not quantised: OpenVINO itself would choose bfloat16 on some machines.
    """

    def load(self, folder: Path, device: torch.device) -> Run:
        """Return the folder's one XML or ONNX file as a function of arrays.

        Raises ``KitError`` without the package.
        """
        if find_spec("openvino") is None:
            raise KitError("runtime 'openvino' needs openvino", "pip install 'segdet-kit[openvino]'")
        import openvino

        suffix = "xml" if any(folder.glob("*.xml")) else "onnx"
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "INFERENCE_PRECISION_HINT": "f32",
        }
        model = openvino.Core().compile_model(file_of(folder, suffix), "CPU", settings)

        def run(images: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.generic]]:
            found = model([images])
            return [found[number].copy() for number in range(len(model.outputs))]

        return run

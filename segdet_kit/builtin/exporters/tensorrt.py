"""Writes a model as an engine of TensorRT, from its ONNX form, for the GPU of this machine."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.graph import Graph

FILE = "model.engine"
METADATA = "metadata.json"
LARGEST = (8, 2048, 2048)
"""Images in a batch, their height and their width, up to which an engine is built where they are free."""


class TensorRt:
    """``model.engine``, and its metadata in a file of their own. ``precision``: fp32 or fp16.

    An engine runs on GPUs of the kind that it was built on, by the version of TensorRT that built it.
    """

    def __init__(self, precision: str = "fp32") -> None:
        self.precision = precision

    def write(self, graph: Graph, folder: Path) -> None:
        """Trace, translate, build and write.

        Raises ``KitError`` without the package or a GPU, and for what TensorRT cannot build.
        """
        require_tensorrt()
        import tensorrt

        logger = tensorrt.Logger(tensorrt.Logger.WARNING)
        builder = tensorrt.Builder(logger)
        network = builder.create_network(0)
        parser = tensorrt.OnnxParser(network, logger)
        with TemporaryDirectory() as aside:
            file = Path(aside, "model.onnx")
            graph.onnx.save(file)
            if not parser.parse_from_file(str(file)):
                reasons = "; ".join(str(parser.get_error(number)) for number in range(parser.num_errors))
                raise KitError(f"tensorrt cannot read this model: {reasons}", "export it to onnx instead")
            config = builder.create_builder_config()
            if self.precision == "fp16":
                config.set_flag(tensorrt.BuilderFlag.FP16)
            config.add_optimization_profile(_profile(builder, graph))
            engine = builder.build_serialized_network(network, config)
        if engine is None:
            raise KitError(
                "tensorrt cannot build this model; what it says is above", "export it to onnx instead"
            )
        (folder / FILE).write_bytes(bytes(engine))
        (folder / METADATA).write_text(json.dumps(dict(graph.metadata)), encoding="utf-8")


def require_tensorrt() -> None:
    """Raise ``KitError`` where TensorRT cannot run: without its package, and without a GPU."""
    if find_spec("tensorrt") is None:
        raise KitError("TensorRT needs tensorrt", "pip install tensorrt, on a machine with an NVIDIA GPU")
    if not torch.cuda.is_available():
        raise KitError(
            "TensorRT needs an NVIDIA GPU, and torch finds none", "export to openvino or onnx for a CPU"
        )


def _profile(builder: Any, graph: Graph) -> Any:
    """Return the sizes to build for: at least one image of 32 pixels each way, tuned for the example."""
    example = tuple(graph.images.shape)
    least, most = list(example), list(example)
    for axis in graph.dynamic:
        least[axis] = 32 if axis else 1
        most[axis] = max(LARGEST[axis], example[axis])
    profile = builder.create_optimization_profile()
    profile.set_shape("images", tuple(least), example, tuple(most))
    return profile

"""Writes a model for OpenVINO, from its ONNX form: in float32, with halved weights, or quantised."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.graph import Graph

FILE = "model.xml"


class OpenVino:
    """``model.xml`` and ``model.bin``, metadata in their runtime information.

    ``precision``: fp32; fp16, whose weights have half the size, and are computed with as the machine does
    best; or int8.
    """

    def __init__(self, precision: str = "fp32") -> None:
        self.precision = precision

    def write(self, graph: Graph, folder: Path) -> None:
        """Trace, translate, quantise and write.

        Raises ``KitError`` where a package or an operator is missing, and for int8 without training images.
        """
        self._require()
        # Its tools and NNCF tell their makers over the network that they are used, without asking.
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
        import openvino

        with TemporaryDirectory() as aside:
            graph.onnx.save(Path(aside, "model.onnx"))
            model = openvino.convert_model(Path(aside, "model.onnx"))
            if self.precision == "int8":
                model = self._quantised(model, graph)
            for key, value in graph.metadata.items():
                model.set_rt_info(value, [key])
            openvino.save_model(model, folder / FILE, compress_to_fp16=self.precision == "fp16")

    def _require(self) -> None:
        needed = ("openvino", "nncf") if self.precision == "int8" else ("openvino",)
        missing = [name for name in needed if find_spec(name) is None]
        if missing:
            raise KitError(f"OpenVINO needs {' and '.join(missing)}", "pip install 'segdet-kit[openvino]'")

    @staticmethod
    def _quantised(model: object, graph: Graph) -> object:
        from segdet_kit.builtin.exporters.quantising import quantised

        images = [batch.numpy() for batch in graph.calibration()]
        if not images:
            raise KitError(
                "int8 is calibrated on training images, and the config has none",
                "give it a train_dataloader, or export to openvino-fp16",
            )
        return quantised(model, images)

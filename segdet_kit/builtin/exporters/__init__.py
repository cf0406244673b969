"""Exporters that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Exporter
from segdet_kit.hookspecs import hookimpl


@hookimpl
def register_exporters() -> list[Exporter]:
    """Offer the kit's own writers of models."""
    return [
        Exporter(
            name="onnx",
            target="segdet_kit.builtin.exporters.onnx:Onnx",
            summary="ONNX, for ONNX Runtime and all that reads it; needs segdet-kit[onnx]",
            formats=("onnx",),
            runtime="onnxruntime",
        ),
        Exporter(
            name="torch-export",
            target="segdet_kit.builtin.exporters.torch_export:TorchExport",
            summary="torch's ExportedProgram, which torch and torchvision run without this kit",
            formats=("pt2",),
            runtime="torch-export",
        ),
    ]

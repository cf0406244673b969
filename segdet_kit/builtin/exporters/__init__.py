"""Exporters that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Exporter, Precision
from segdet_kit.hookspecs import hookimpl


def _openvino(name: str, summary: str, precision: Precision) -> Exporter:
    return Exporter(
        name=name,
        target="segdet_kit.builtin.exporters.openvino:OpenVino",
        summary=summary,
        formats=("xml", "bin"),
        runtime="openvino",
        precision=precision,
        defaults={"precision": precision},
    )


def _tensorrt(name: str, summary: str, precision: Precision) -> Exporter:
    return Exporter(
        name=name,
        target="segdet_kit.builtin.exporters.tensorrt:TensorRt",
        summary=summary,
        formats=("engine",),
        runtime="tensorrt",
        precision=precision,
        defaults={"precision": precision},
    )


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
        _openvino(
            "openvino", "OpenVINO, for Intel's processors and others; needs segdet-kit[openvino]", "fp32"
        ),
        _openvino("openvino-fp16", "OpenVINO with weights of half the size", "fp16"),
        _openvino(
            "openvino-int8",
            "OpenVINO with 8-bit weights and activations, calibrated on the training images",
            "int8",
        ),
        _tensorrt(
            "tensorrt", "TensorRT, for the NVIDIA GPU of this machine; never run on a device yet", "fp32"
        ),
        _tensorrt(
            "tensorrt-fp16",
            "TensorRT, computing in 16 bits where that is faster; never run on a device yet",
            "fp16",
        ),
        Exporter(
            name="sealed-bundle",
            target="segdet_kit.builtin.exporters.sealed_bundle:SealedBundle",
            summary="One file, encrypted and signed: of the model, or of the other format that is named",
            formats=("age",),
            takes="source",
        ),
    ]

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
        Exporter(
            name="openvino",
            target="segdet_kit.builtin.exporters.openvino:OpenVino",
            summary="OpenVINO, for Intel's processors and others; needs segdet-kit[openvino]",
            formats=("xml", "bin"),
            runtime="openvino",
        ),
        Exporter(
            name="openvino-fp16",
            target="segdet_kit.builtin.exporters.openvino:OpenVino",
            summary="OpenVINO with weights of half the size",
            formats=("xml", "bin"),
            runtime="openvino",
            precision="fp16",
            defaults={"precision": "fp16"},
        ),
        Exporter(
            name="openvino-int8",
            target="segdet_kit.builtin.exporters.openvino:OpenVino",
            summary="OpenVINO with 8-bit weights and activations, calibrated on the training images",
            formats=("xml", "bin"),
            runtime="openvino",
            precision="int8",
            defaults={"precision": "int8"},
        ),
        Exporter(
            name="tensorrt",
            target="segdet_kit.builtin.exporters.tensorrt:TensorRt",
            summary="TensorRT, for the NVIDIA GPU of this machine; never run on a device yet",
            formats=("engine",),
            runtime="tensorrt",
        ),
        Exporter(
            name="tensorrt-fp16",
            target="segdet_kit.builtin.exporters.tensorrt:TensorRt",
            summary="TensorRT, computing in 16 bits where that is faster; never run on a device yet",
            formats=("engine",),
            runtime="tensorrt",
            precision="fp16",
            defaults={"precision": "fp16"},
        ),
    ]

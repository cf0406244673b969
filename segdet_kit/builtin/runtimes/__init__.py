"""Runtimes that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import Runtime
from segdet_kit.hookspecs import hookimpl


def _eager(name: str, summary: str, *, on_cpu: bool = True, **defaults: bool) -> Runtime:
    return Runtime(
        name=name,
        target="segdet_kit.builtin.runtimes.eager:Eager",
        summary=summary,
        runs=("torch",),
        precisions=("fp32", "bf16", "fp16"),
        devices=("cpu", "cuda") if on_cpu else ("cuda",),
        defaults=defaults,
    )


@hookimpl
def register_runtimes() -> list[Runtime]:
    """Offer the kit's own ways to run a model."""
    return [
        _eager("torch", "Checkpoints, by torch as it is: what they run in unless another is named"),
        _eager(
            "torch-channels-last",
            "Checkpoints, by torch, with the channels of a pixel side by side in memory",
            channels_last=True,
        ),
        _eager(
            "torch-compile",
            "Checkpoints, backbone and neck compiled by torch.compile: minutes to start",
            compile=True,
        ),
        _eager(
            "torch-cuda-graphs",
            "Checkpoints, backbone and neck compiled and replayed as CUDA graphs; never run on a device yet",
            on_cpu=False,
            compile=True,
            cuda_graphs=True,
        ),
        Runtime(
            name="torch-export",
            target="segdet_kit.builtin.runtimes.torch_export:TorchExport",
            summary="Files of torch-export, by torch",
            runs=("pt2",),
        ),
        Runtime(
            name="onnxruntime",
            target="segdet_kit.builtin.runtimes.onnxruntime:OnnxRuntime",
            summary="ONNX files, by ONNX Runtime; needs segdet-kit[onnx]",
            runs=("onnx",),
        ),
        Runtime(
            name="openvino",
            target="segdet_kit.builtin.runtimes.openvino:OpenVino",
            summary="OpenVINO's files and ONNX files, by OpenVINO; needs segdet-kit[openvino]",
            runs=("xml", "onnx"),
            precisions=("fp32", "fp16", "int8"),
        ),
        Runtime(
            name="tensorrt",
            target="segdet_kit.builtin.runtimes.tensorrt:TensorRt",
            summary="Engines of TensorRT, on the GPU they were built for; never run on a device yet",
            runs=("engine",),
            precisions=("fp32", "fp16"),
            devices=("cuda",),
        ),
    ]

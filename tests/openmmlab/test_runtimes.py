from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from segdet_kit.catalog import installed
from segdet_kit.components import Runtime
from segdet_kit.errors import KitError
from segdet_kit.openmmlab.runtime import build_model, prepare
from segdet_kit.openmmlab.runtimes import choose, device_of, file_of, make, precision_of
from segdet_kit.openmmlab.state import isolated

Make = Callable[[Path], dict[str, Any]]
GPU = Runtime(name="gpu", target="a.b:C", summary="on a GPU", runs=("engine",), devices=("cuda",))


@pytest.mark.parametrize("kind", ["segmenter", "detector"])
@pytest.mark.parametrize(
    ("runtime", "precision", "gap"),
    [("torch-channels-last", None, 1e-4), ("torch", "bf16", 0.1), ("torch-channels-last", "bf16", 0.1)],
)
def test_what_runs_a_checkpoint_changes_no_more_than_its_precision(
    kind: str, runtime: str, precision: str | None, gap: float, pictures: Path, request: pytest.FixtureRequest
) -> None:
    from mmengine.registry import DATASETS

    prepare()
    config = Config(request.getfixturevalue(kind)(pictures))
    outputs = []
    for settings in ({}, {"runtime": runtime, "precision": precision}):
        torch.manual_seed(0)
        model: Any = build_model(config, device="cpu", **settings)
        with isolated("cpu", config.default_scope), torch.inference_mode():
            batch = pseudo_collate([DATASETS.build(config.test_dataloader.dataset)[0]])
            sample = model.test_step(batch)[0]
        outputs.append(sample.seg_logits.data if kind == "segmenter" else sample.pred_instances.scores[:5])
    assert outputs[0].dtype == outputs[1].dtype == torch.float32
    assert precision is None or not torch.equal(*outputs)
    assert (outputs[0] - outputs[1]).abs().max() <= gap * outputs[0].abs().max()


def test_cuda_graphs_are_told_where_a_prediction_begins(
    monkeypatch: pytest.MonkeyPatch, segmenter: Make, pictures: Path
) -> None:
    from mmengine.registry import DATASETS, MODELS

    prepare()
    said: list[str] = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda module, mode: said.append(mode))
    monkeypatch.setattr(torch.compiler, "cudagraph_mark_step_begin", lambda: said.append("step"))
    monkeypatch.setattr("shutil.which", lambda name: name)
    config = Config(segmenter(pictures))
    with isolated("cpu", config.default_scope), torch.inference_mode():
        model: Any = make(installed().get(Runtime, "torch-cuda-graphs")).prepare(
            MODELS.build(config.model).eval(), "fp32"
        )
        batch = pseudo_collate([DATASETS.build(config.test_dataloader.dataset)[0]])
        for _ in range(2):
            assert model.test_step(batch)[0].pred_sem_seg.data.shape == (1, 64, 64)
    assert said == ["reduce-overhead", "step", "step"]


@pytest.mark.parametrize(
    ("settings", "message", "hint"),
    [
        ({"runtime": "onnxruntime"}, "'onnxruntime' does not run checkpoints", "torch, torch-channels-last"),
        ({"runtime": "torch-cuda-graphs"}, "runs on cuda, not on cpu", "--device cuda"),
        ({"precision": "int8"}, "'torch' does not compute in int8", "it computes in: fp32, bf16, fp16"),
        ({"runtime": "onyx"}, "no runtime is named 'onyx'", "onnxruntime"),
    ],
)
def test_a_runtime_that_does_not_suit_a_checkpoint_is_refused(
    settings: dict[str, str], message: str, hint: str, segmenter: Make, pictures: Path
) -> None:
    prepare()
    with pytest.raises(KitError, match=message) as caught:
        build_model(Config(segmenter(pictures)), device="cpu", **settings)
    assert hint in caught.value.hint


def test_who_could_run_files_is_named() -> None:
    with pytest.raises(KitError, match="'torch' does not run these files") as caught:
        choose("torch", {"onnx"}, "these files")
    assert caught.value.hint == "runtimes that do: onnxruntime, openvino"


def test_a_device_that_a_runtime_does_not_run_on_is_refused() -> None:
    with pytest.raises(KitError, match="'gpu' runs on cuda, not on cpu"):
        device_of(GPU, "cpu")
    assert device_of(choose("onnxruntime", {"onnx"}, "these files"), "auto") == torch.device("cpu")


def test_an_artifact_keeps_its_precision() -> None:
    openvino = choose("openvino", {"xml"}, "these files")
    assert precision_of(openvino, None, "int8") == "int8"
    with pytest.raises(KitError, match="this artifact computes in int8, not in fp32"):
        precision_of(openvino, "fp32", "int8")


@pytest.mark.parametrize("names", [[], ["a.onnx", "b.onnx"]])
def test_a_folder_with_none_or_several_files_of_a_suffix_is_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(KitError, match=f"holds {len(names)} .onnx files"):
        file_of(tmp_path, "onnx")

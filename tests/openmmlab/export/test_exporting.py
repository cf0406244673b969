from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from segdet_kit.artifact import open_artifact
from segdet_kit.errors import KitError
from segdet_kit.openmmlab import runtimes
from segdet_kit.openmmlab.evaluation import evaluate
from segdet_kit.openmmlab.export.exporting import Export
from segdet_kit.openmmlab.runtime import build_model
from segdet_kit.source import resolve
from tests.openmmlab.export.conftest import EXPORTERS

Make = Callable[[Path], dict[str, Any]]


class Wrong:
    """Writes a file, and computes the outputs with an error."""

    def __init__(self, export: Export, error: float) -> None:
        self.export, self.error = export, error

    def write(self, graph: Any, folder: Path) -> None:
        (folder / "model.onnx").write_bytes(b"weights")

    def load(self, folder: Path, device: Any) -> Any:
        def run(images: Any) -> list[Any]:
            with torch.no_grad():
                label_map, logits = self.export.module(torch.from_numpy(images))
            return [label_map.numpy(), (logits * (1 + self.error)).numpy()]

        return run


def test_the_manifest_says_what_goes_in_what_comes_out_and_how_well_it_agrees(
    segmenter_artifact: Path,
) -> None:
    manifest = open_artifact(segmenter_artifact).manifest
    assert manifest["format"] == segmenter_artifact.name
    assert manifest["classes"] == ["ground", "box"]
    assert manifest["input"]["dynamic"] == ["batch", "height", "width"]
    assert manifest["outputs"] == ["label_map", "logits"]
    assert manifest["agreement"]["images"] == 4
    assert manifest["agreement"]["max_error"]["logits"] < 1e-5
    assert manifest["agreement"]["same_predictions"] == 1.0


def test_an_artifact_scores_as_its_checkpoint_does(
    segmenter_artifact: Path, segmenter: Make, segmenter_export: tuple[Export, Path], pictures: Path
) -> None:
    model = resolve(segmenter_artifact)
    found = evaluate(model.config, model.checkpoint, "cpu")
    expected = evaluate(segmenter(pictures), segmenter_export[1], "cpu")
    assert found.metrics == expected.metrics


def test_the_classes_travel_inside(segmenter_artifact: Path) -> None:
    if segmenter_artifact.name == "onnx":
        import onnx

        model = onnx.load(segmenter_artifact / "model.onnx")
        said = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
    elif segmenter_artifact.name == "openvino":
        import openvino

        info = openvino.Core().read_model(segmenter_artifact / "model.xml").get_rt_info()
        said = {key: json.loads(info[key].astype(str)) for key in info if key.startswith("segdet_kit.")}
    else:
        extra = {"metadata.json": ""}
        torch.export.load(segmenter_artifact / "model.pt2", extra_files=extra)
        said = {key: json.loads(value) for key, value in json.loads(extra["metadata.json"]).items()}
    assert said["segdet_kit.classes"] == ["ground", "box"]
    assert said["segdet_kit.input"]["channels"] == "RGB"


def test_int8_is_calibrated_on_training_images_and_judged_by_its_scores(
    segmenter_export: tuple[Export, Path], tmp_path: Path
) -> None:
    manifest = segmenter_export[0].write(EXPORTERS["openvino-int8"], tmp_path / "made")
    assert manifest["calibration"] == {"images": 6}
    scores = manifest["accuracy"]["scores"]["mIoU"]
    assert scores["torch"] - scores["artifact"] < 1  # mmseg's own metric counts in percent
    assert manifest["agreement"]["same_predictions"] > 0.9
    model = resolve(tmp_path / "made")
    found = evaluate(model.config, model.checkpoint, "cpu")
    assert found.metrics["mIoU"] == pytest.approx(scores["artifact"])


def test_onnx_files_run_in_openvino_too(segmenter_export: tuple[Export, Path], tmp_path: Path) -> None:
    segmenter_export[0].write(EXPORTERS["onnx"], tmp_path / "made")
    model = resolve(tmp_path / "made")
    found = [
        evaluate(model.config, model.checkpoint, "cpu", runtime) for runtime in ("onnxruntime", "openvino")
    ]
    assert found[0].metrics == found[1].metrics


@pytest.mark.parametrize(("error", "stays"), [(1e-6, True), (1e-2, False)])
def test_an_artifact_that_disagrees_leaves_nothing(
    segmenter_export: tuple[Export, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: float,
    stays: bool,
) -> None:
    monkeypatch.setattr(runtimes, "make", lambda component: Wrong(segmenter_export[0], error))
    wrong = replace(EXPORTERS["onnx"], name="wrong")
    if stays:
        segmenter_export[0].write(wrong, tmp_path / "wrong")
        assert (tmp_path / "wrong" / "manifest.json").is_file()
    else:
        with pytest.raises(KitError, match="computes something else than torch"):
            segmenter_export[0].write(wrong, tmp_path / "wrong")
        assert list(tmp_path.iterdir()) == []


def test_what_stands_there_is_not_overwritten(segmenter_export: tuple[Export, Path], tmp_path: Path) -> None:
    with pytest.raises(KitError, match="exists already"):
        segmenter_export[0].write(EXPORTERS["onnx"], tmp_path)


def test_a_changed_artifact_is_refused(segmenter_export: tuple[Export, Path], tmp_path: Path) -> None:
    segmenter_export[0].write(EXPORTERS["torch-export"], tmp_path / "made")
    file = tmp_path / "made" / "model.pt2"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(bytes(content))
    model = resolve(tmp_path / "made")
    with pytest.raises(KitError, match="is not the file that was exported"):
        evaluate(model.config, model.checkpoint, "cpu")


def test_an_artifact_runs_on_the_cpu_alone(segmenter_artifact: Path) -> None:
    with pytest.raises(KitError, match="runs on cpu, not on cuda"):
        build_model(None, segmenter_artifact, "cuda")  # type: ignore[arg-type]


def test_sliding_windows_are_refused(segmenter: Make, pictures: Path, segmenter_export: Any) -> None:
    config = segmenter(pictures)
    config["model"]["test_cfg"] = {"mode": "slide", "crop_size": (32, 32), "stride": (16, 16)}
    with pytest.raises(KitError, match="sliding windows cannot be exported"):
        Export(config, segmenter_export[1], fixed_size=False)


def test_images_to_check_on_are_needed(segmenter: Make, pictures: Path, tmp_path: Path) -> None:
    config = segmenter(pictures) | {"test_dataloader": None}
    with pytest.raises(KitError, match="no test_dataloader"):
        Export(config, tmp_path / "weights.pth", fixed_size=False)


def test_a_missing_package_is_named(
    segmenter_export: tuple[Export, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from segdet_kit.openmmlab.export import onnx

    monkeypatch.setattr(onnx, "find_spec", lambda name: None)
    monkeypatch.delitem(segmenter_export[0].graph.__dict__, "onnx", raising=False)  # made for another test
    with pytest.raises(KitError, match="ONNX needs onnx and onnxscript") as caught:
        segmenter_export[0].write(EXPORTERS["onnx"], tmp_path / "onnx")
    assert "segdet-kit[onnx]" in caught.value.hint
    assert list(tmp_path.iterdir()) == []

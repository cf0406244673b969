from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segdet_kit.commands.export import _summary, export
from segdet_kit.components import Exporter
from segdet_kit.errors import KitError, PolicyError
from segdet_kit.source import Source


@pytest.mark.parametrize(
    ("compared", "said"),
    [
        (12, "beside torch on 4 test images: 99.50% of predictions are the same, logits within 1.0e-05"),
        (
            0,
            "beside torch on 4 test images: the model finds nothing in them, so there was nothing to compare",
        ),
    ],
)
def test_a_model_that_finds_nothing_is_not_said_to_agree(compared: int, said: str) -> None:
    agreement = {"images": 4, "same_predictions": 0.995, "compared": compared, "max_error": {"logits": 1e-5}}
    images = {"size": [64, 96], "dynamic": ["batch"]}
    scored = {"images": 4, "scores": {"coco/AP": {"torch": 0.5, "artifact": 0.4951}}}
    manifest = {"agreement": agreement, "input": images, "outputs": ["boxes"], "accuracy": scored}
    folder, about, verdict, scores = _summary(Path("out/onnx"), manifest)
    assert folder == "out/onnx"
    assert about == "  images: uint8 RGB (N, H, W, 3), 64 x 96 pixels; outputs: boxes"
    assert said in verdict
    assert scores == "  scores on 4 test images: coco/AP 0.4951, torch 0.5000"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The config that every source has, which exporting it ends in an error that says the formats."""
    config: dict[str, Any] = {}
    monkeypatch.setattr("segdet_kit.commands.export.resolve", lambda *_: Source(config, Path("weights")))

    class Told:
        def __init__(self, *_: Any) -> None:
            pass

        def write(self, exporter: Exporter, folder: Path) -> dict[str, Any]:
            raise KitError(f"asked for {exporter.name}")

    monkeypatch.setattr("segdet_kit.openmmlab.export.exporting.Export", Told)
    return config


def test_formats_are_the_recipes_unless_some_are_named(given: dict[str, Any], tmp_path: Path) -> None:
    given["exporters"] = ["openvino-int8"]
    with pytest.raises(KitError, match="asked for openvino-int8"):
        export("run", None, [], tmp_path, False, [])
    with pytest.raises(KitError, match="asked for onnx"):
        export("run", None, ["onnx"], tmp_path, False, [])


def test_without_any_format_those_that_exist_are_named(given: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(KitError, match="no format is named, and the recipe has no exporters") as caught:
        export("run", None, [], tmp_path, False, [])
    assert "openvino-int8" in caught.value.hint


def test_what_a_stranger_wrote_is_exported_behind_the_strict_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: Any) -> None:
        from mmengine.registry import MODELS

        MODELS.build({"type": "os.getcwd"})

    source = Source({}, Path("weights"), untrusted=True)
    monkeypatch.setattr("segdet_kit.commands.export.resolve", lambda *_: source)
    monkeypatch.setattr("segdet_kit.openmmlab.export.exporting.Export", build)
    with pytest.raises(PolicyError, match=r"'os\.getcwd' is neither registered"):
        export("model.age", None, ["onnx"], tmp_path, False, [])

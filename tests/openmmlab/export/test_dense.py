from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from segdet_kit.artifact import open_artifact
from segdet_kit.errors import KitError
from segdet_kit.openmmlab.evaluation import evaluate
from segdet_kit.openmmlab.export.dense import probability
from segdet_kit.openmmlab.export.exporting import Export
from segdet_kit.openmmlab.export.families import graph_module
from segdet_kit.source import resolve
from tests.openmmlab.export.conftest import Make


def test_a_detector_finds_what_the_model_finds(detector_artifact: Path) -> None:
    agreement = open_artifact(detector_artifact).manifest["agreement"]
    assert agreement["same_predictions"] >= 0.99
    assert agreement["compared"] >= 40
    assert agreement["max_error"]["boxes"] < 1e-2


def test_an_exported_detector_scores_as_its_checkpoint_does(
    detector_artifact: Path, detector: Make, detector_export: tuple[Export, Path], pictures: Path
) -> None:
    model = resolve(detector_artifact)
    found = evaluate(model.config, model.checkpoint, "cpu")
    expected = evaluate(detector(pictures), detector_export[1], "cpu")
    assert found.metrics == pytest.approx(expected.metrics, abs=0.002)


def test_images_without_objects_have_empty_places(detector_export: tuple[Export, Path]) -> None:
    module = detector_export[0].module
    thresholds = module.thresholds
    module.thresholds = thresholds | {"score_thr": 1.0}
    with torch.no_grad():
        boxes, scores, labels = module(torch.zeros((2, 64, 64, 3), dtype=torch.uint8))
    module.thresholds = thresholds
    assert boxes.shape == (2, 20, 4)
    assert (labels == -1).all()
    assert not scores.any()


def test_each_image_of_a_batch_is_searched_by_itself(detector_export: tuple[Export, Path]) -> None:
    module = detector_export[0].module
    torch.manual_seed(0)
    images = torch.randint(0, 256, (3, 64, 96, 3), dtype=torch.uint8)
    with torch.no_grad():
        together = module(images)
        alone = [module(image[None]) for image in images]
    for output, parts in zip(together, zip(*alone, strict=True), strict=True):
        assert torch.allclose(output.float(), torch.cat(parts).float(), atol=1e-3)


def test_a_soft_suppression_is_refused(
    detector: Make, pictures: Path, detector_export: tuple[Export, Path]
) -> None:
    config: dict[str, Any] = detector(pictures)
    config["model"]["test_cfg"]["nms"] = {"type": "soft_nms", "iou_threshold": 0.65}
    with pytest.raises(KitError, match="soft_nms cannot be exported"):
        Export(config, detector_export[1], fixed_size=False)


def test_small_probabilities_differ_in_onnx_too(tmp_path: Path) -> None:
    """Proposals are ranked by them: ONNX Runtime's own sigmoid is 0 below -18."""

    class Ranked(torch.nn.Module):
        def forward(self, logits: torch.Tensor) -> torch.Tensor:
            return probability(logits)

    logits = torch.tensor([-80.0, -40.0, -20.0, -5.0, 0.0, 20.0])
    torch.onnx.export(Ranked().eval(), (logits,), tmp_path / "model.onnx", dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (found,) = session.run(None, {session.get_inputs()[0].name: logits.numpy()})
    np.testing.assert_allclose(found, torch.sigmoid(logits).numpy(), rtol=1e-5)
    np.testing.assert_allclose(probability(logits), torch.sigmoid(logits), rtol=1e-5)


def test_a_head_that_decodes_in_its_own_way_is_refused(detector_export: tuple[Export, Path]) -> None:
    model = deepcopy(detector_export[0].model)
    kind = type(model.bbox_head)
    model.bbox_head.__class__ = type("OwnHead", (kind,), {"predict_by_feat": lambda self: []})
    with pytest.raises(KitError, match="a RTMDet with head OwnHead cannot be exported"):
        graph_module(model)

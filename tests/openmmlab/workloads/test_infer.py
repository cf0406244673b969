from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from segdet_kit.artifact import sha256
from segdet_kit.errors import KitError
from segdet_kit.openmmlab.evaluation import evaluate
from segdet_kit.openmmlab.export.served import Served
from segdet_kit.openmmlab.predictor import Predictor
from segdet_kit.openmmlab.workloads import open_workload
from segdet_kit.results import Detections
from segdet_kit.workload import Spec

STAGES = ["data", "preprocess", "forward", "postprocess"]


class Watched:
    """Predicts, and notes on what."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.loaded: list[str] = []
        self.results: list[Any] = []
        load, predict = Predictor.load, Predictor.predict

        def noted_load(predictor: Predictor, path: Path) -> Any:
            self.loaded.append(path.name)
            return load(predictor, path)

        def noted_predict(predictor: Predictor, samples: Any) -> Any:
            self.results += predict(predictor, samples)
            return self.results[-len(samples) :]

        monkeypatch.setattr(Predictor, "load", noted_load)
        monkeypatch.setattr(Predictor, "predict", noted_predict)


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("model", ["detector_config", "segmenter_config"])
def test_a_step_is_told_by_stages_that_add_up(
    model: str, batch_size: int, request: pytest.FixtureRequest
) -> None:
    config = request.getfixturevalue(model)
    workload = open_workload(Spec("it", batch_size=batch_size), config, None)
    assert workload.images_per_step == batch_size
    seconds = dict(workload.step())
    total = seconds.pop("total")
    assert list(seconds) == STAGES
    assert sum(seconds.values()) == total
    assert all(seconds.values())
    assert workload.step() == seconds | {"total": total}, "each step goes through the same stages"


def test_images_repeat_in_their_order(
    detector_config: dict[str, Any], weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(monkeypatch)
    workload = open_workload(Spec("it", batch_size=4), detector_config, weights)
    for _ in range(2):
        workload.step()
    assert watched.loaded == [f"{number}.png" for number in (0, 1, 2, 3, 4, 5, 0, 1)]


def test_what_is_measured_is_what_predict_finds(
    detector_config: dict[str, Any], weights: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = Predictor(detector_config, weights, "cpu")(pictures / "images" / "0.png")[1]
    watched = Watched(monkeypatch)
    open_workload(Spec("it"), detector_config, weights).step()
    found = watched.results[0]
    assert isinstance(found, Detections)
    assert isinstance(expected, Detections)
    np.testing.assert_array_equal(found.boxes, expected.boxes)
    np.testing.assert_array_equal(found.scores, expected.scores)


def test_the_facts_tell_weights_network_and_scores(detector_config: dict[str, Any], weights: Path) -> None:
    workload = open_workload(Spec("it", with_accuracy=True), detector_config, weights)
    facts = workload.facts
    assert facts["weights"] == str(weights)
    assert facts["file_bytes"] == weights.stat().st_size
    assert facts["size"] == [64, 64]
    assert facts["images"] == 6
    assert facts["accuracy"] == evaluate(detector_config, weights, "cpu").metrics
    assert facts["notes"] == []
    assert (facts["device"], facts["runtime"], facts["precision"]) == ("cpu", "torch", "fp32")
    assert "torch" in facts["versions"]


def test_flops_are_those_of_one_image_whatever_the_batch(segmenter_config: dict[str, Any]) -> None:
    alone, four = (open_workload(Spec("it", batch_size=n), segmenter_config, None).facts for n in (1, 4))
    assert alone["flops"] == four["flops"] > 2 * alone["parameters"]


def test_random_weights_are_equal_for_equal_specs_and_said(
    detector_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(monkeypatch)
    for _ in range(2):
        workload = open_workload(Spec("it", with_accuracy=True), detector_config, None)
        workload.step()
    first, second = watched.results
    np.testing.assert_array_equal(first.scores, second.scores)
    assert workload.facts["weights"] == "random"
    assert "weights are random" in workload.facts["notes"][0]
    assert "accuracy" not in workload.facts


@pytest.fixture
def artifact(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that a function serves in the place of a runtime: every pixel is of the second class."""

    def run(images: Any) -> list[Any]:
        logits = np.zeros((1, 2, *images.shape[1:3]), np.float32)
        logits[:, 1] = 1
        return [logits]

    (tmp_path / "model.bin").write_bytes(b"weights")
    digest = sha256(tmp_path / "model.bin")
    said = {"format": "fast", "runtime": "fast", "precision": "int8", "files": {"model.bin": digest}}
    (tmp_path / "manifest.json").write_text(json.dumps(said))
    served = Served(run, ["logits"], {"align_corners": False})
    monkeypatch.setattr("segdet_kit.openmmlab.export.served.serve", lambda *_: served)
    return tmp_path


@pytest.mark.usefixtures("counted")
def test_an_exported_model_is_split_around_its_runtime(
    artifact: Path, segmenter_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(monkeypatch)
    workload = open_workload(Spec(str(artifact), batch_size=2), segmenter_config, artifact)
    seconds = dict(workload.step())
    total = seconds.pop("total")
    assert sum(seconds.values()) == total
    assert set(seconds) == set(STAGES)
    assert seconds["forward"] == 2, "images are taken one by one"
    assert [result.labels.min() for result in watched.results] == [1, 1]


def test_the_facts_of_an_exported_model_are_the_artifacts_and_the_networks(
    artifact: Path, segmenter_config: dict[str, Any]
) -> None:
    facts = open_workload(Spec(str(artifact)), segmenter_config, artifact).facts
    assert (facts["runtime"], facts["precision"]) == ("fast", "int8")
    assert facts["file_bytes"] == len(b"weights")
    assert facts["flops"] > facts["parameters"] > 0
    assert facts["notes"] == ["Parameters and FLOPs are those of the model in torch."]


def test_a_segmenter_refuses_a_batch_of_several_sizes(
    segmenter: Callable[[Path], dict[str, Any]], tmp_path: Path
) -> None:
    for folder, channels in (("images", 3), ("labels", 0)):
        (tmp_path / folder).mkdir()
        for number, width in enumerate((64, 96)):
            pixels = np.zeros((64, width, channels) if channels else (64, width), np.uint8)
            cv2.imwrite(str(tmp_path / folder / f"{number}.png"), pixels)
    workload = open_workload(Spec("it", batch_size=2), segmenter(tmp_path), None)
    with pytest.raises(KitError, match="2 images has 2 sizes") as error:
        workload.step()
    assert "--batch-size 1" in error.value.hint


def test_starting_up_ends_with_a_result(
    detector_config: dict[str, Any], weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(monkeypatch)
    open_workload(Spec("it", mode="startup"), detector_config, weights)
    assert len(watched.results) == 1


def test_what_has_no_test_split_is_refused(detector_config: dict[str, Any]) -> None:
    config = {key: value for key, value in detector_config.items() if key != "test_dataloader"}
    with pytest.raises(KitError, match="no test_dataloader"):
        open_workload(Spec("it"), config, None)


def test_a_test_split_that_is_not_there_is_told(detector_config: dict[str, Any]) -> None:
    config = copy.deepcopy(detector_config)
    config["test_dataloader"]["dataset"]["ann_file"] = "lost.json"
    with pytest.raises(KitError, match=r"test split cannot be read.*lost\.json"):
        open_workload(Spec("it"), config, None)

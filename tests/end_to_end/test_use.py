"""What a trained model is for: its scores, and predictions on images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from faster_coco_eval.core import mask as rle
from PIL import Image

from tests.end_to_end.conftest import Trained
from tests.end_to_end.kit import CLASSES, TESTED, Kit

METRICS = {"detection": "coco/AP", "instance": "coco/mask_AP", "semantic": "iou/mIoU"}


@pytest.mark.parametrize("task", CLASSES)
def test_a_run_is_scored(kit: Kit, trained: Trained, tmp_path: Path, task: str) -> None:
    run = trained(task)
    done = kit("test", run, "--device", "cpu", "--json", tmp_path / "s.json", "--csv", tmp_path / "s.csv")
    scores = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert list(scores) == ["metrics", "per_class", "images", "seconds"]
    assert list(scores["per_class"]) == CLASSES[task]
    assert scores["images"] == TESTED
    assert scores["seconds"] > 0
    score = scores["metrics"][METRICS[task]]
    assert 0 <= score <= 1
    header, *rows = done.stdout.split("\n\n")[0].splitlines()
    assert header.split()[0] == "class"
    assert [row.split()[0] for row in rows] == CLASSES[task]
    assert f"{METRICS[task]}" in done.stdout
    assert f"{score:.4f}" in done.stdout
    assert METRICS[task] in (tmp_path / "s.csv").read_text(encoding="utf-8")
    with Image.open(run / "test.png") as page:
        assert min(page.size) > 200


@pytest.mark.parametrize("task", CLASSES)
def test_images_are_predicted_and_a_broken_one_is_left_out(
    kit: Kit, trained: Trained, tmp_path: Path, task: str
) -> None:
    run = trained(task)
    pictures = tmp_path / "pictures"
    (pictures / "below").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (48, 80, 3), dtype=np.uint8)
    for name in ("one.png", "below/two.jpg"):
        Image.fromarray(pixels).save(pictures / name)
    (pictures / "broken.png").write_bytes((pictures / "one.png").read_bytes()[:200])

    done = kit("predict", run, pictures, "--out", tmp_path / "out", "--device", "cpu", status=1)
    assert done.stdout == ""
    assert "broken.png" in done.stderr.splitlines()[-1]
    assert not list((tmp_path / "out").rglob("broken*"))
    for name in ("one", "two"):
        with Image.open(tmp_path / "out" / f"{name}.png") as overlay:
            assert overlay.size == (80, 48)
        document = json.loads((tmp_path / "out" / f"{name}.json").read_text(encoding="utf-8"))
        assert [category["name"] for category in document["categories"]] == CLASSES[task]
        for annotation in document["annotations"]:
            assert annotation["category"] == CLASSES[task][annotation["category_id"]]
            assert ("segmentation" in annotation) == (task != "detection")
            if task != "detection":
                assert rle.decode(annotation["segmentation"]).sum() == annotation["area"]
        if task == "semantic":
            assert sum(annotation["area"] for annotation in document["annotations"]) == 80 * 48


def test_a_recipe_and_weights_stand_where_a_run_does(kit: Kit, trained: Trained, tmp_path: Path) -> None:
    run = trained("semantic")
    weights = tmp_path / "weights.pth"
    weights.write_bytes((run / "last.pth").read_bytes())
    image = tmp_path / "one.png"
    Image.new("RGB", (64, 64), "grey").save(image)
    kit("predict", kit.folder / "semantic.py", weights, image, "--out", tmp_path / "a", "--device", "cpu")
    kit("predict", run, run / "last.pth", image, "--out", tmp_path / "b", "--device", "cpu")
    assert (tmp_path / "a/one.labels.png").read_bytes() == (tmp_path / "b/one.labels.png").read_bytes()


@pytest.mark.parametrize("task", CLASSES)
def test_an_exported_run_is_scored_as_the_run_is(
    kit: Kit, trained: Trained, tmp_path: Path, task: str
) -> None:
    run, exported = trained(task), tmp_path / "exported"
    done = kit("export", run, "--format", "onnx", "--out", exported, "--fixed-size")
    assert "beside torch on 4 test images" in done.stdout
    scores = []
    for source in (run, exported / "onnx"):
        kit("test", source, "--device", "cpu", "--json", tmp_path / "s.json")
        scores.append(json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))["metrics"])
    assert scores[1] == pytest.approx(scores[0], abs=2e-3, nan_ok=True)

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from segdet_kit.commands.predict import predict
from segdet_kit.errors import KitError
from tests.commands.conftest import MakeRun

# pycocotools was written for numpy 1.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SEMANTIC = ["background", "disk", "square", "triangle", "star"]


def picture(path: Path, width: int = 80, height: int = 60, seed: int = 0, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return path


def document(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def pixels_of(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def run_on(run: Path, out: Path, *inputs: Path | str, score: float = 0.3) -> int:
    return predict([str(run), *map(str, inputs)], out, "cpu", score)


def test_objects_are_written_as_coco_has_them(make_run: MakeRun, tmp_path: Path) -> None:
    image = picture(tmp_path / "a.png")
    assert run_on(make_run("detection"), tmp_path / "out", image) == 0
    found = document(tmp_path / "out/a.json")
    assert found["image"] == {"file_name": str(image), "width": 80, "height": 60}
    assert found["categories"][0] == {"id": 0, "name": "disk"}
    assert found["annotations"], "a model that learned nothing is sure of nothing, but says something"
    for annotation in found["annotations"]:
        assert set(annotation) == {"category_id", "category", "bbox", "score", "area"}
        x, y, width, height = annotation["bbox"]
        assert 0 <= x <= x + width <= 80
        assert 0 <= y <= y + height <= 60
        assert annotation["area"] == pytest.approx(width * height)
        assert found["categories"][annotation["category_id"]]["name"] == annotation["category"]


def test_masks_are_run_lengths_that_pycocotools_reads(make_run: MakeRun, tmp_path: Path) -> None:
    run_on(make_run("instance"), tmp_path / "out", picture(tmp_path / "a.png"))
    annotations = document(tmp_path / "out/a.json")["annotations"]
    assert annotations
    for annotation in annotations:
        mask = coco_mask.decode(annotation["segmentation"])
        assert mask.shape == (60, 80)
        assert mask.sum() == annotation["area"]


def test_regions_are_run_lengths_of_the_label_map(make_run: MakeRun, tmp_path: Path) -> None:
    run_on(make_run("semantic"), tmp_path / "out", picture(tmp_path / "a.png"))
    found = document(tmp_path / "out/a.json")
    labels = pixels_of(tmp_path / "out/a.labels.png")
    assert labels.shape == (60, 80)
    assert [category["name"] for category in found["categories"]] == SEMANTIC
    assert {a["category_id"] for a in found["annotations"]} == set(np.unique(labels).tolist())
    for annotation in found["annotations"]:
        mask = coco_mask.decode(annotation["segmentation"])
        assert np.array_equal(mask == 1, labels == annotation["category_id"])
        assert annotation["area"] == mask.sum()


def test_the_overlay_is_the_image_until_something_is_sure_enough(make_run: MakeRun, tmp_path: Path) -> None:
    image = picture(tmp_path / "a.png")
    run = make_run("detection")
    run_on(run, tmp_path / "none", image, score=1.0)
    assert np.array_equal(pixels_of(tmp_path / "none/a.png"), pixels_of(image))
    run_on(run, tmp_path / "all", image, score=0.0)
    assert not np.array_equal(pixels_of(tmp_path / "all/a.png"), pixels_of(image))
    assert document(tmp_path / "none/a.json") == document(tmp_path / "all/a.json")


def test_an_image_is_predicted_on_as_it_is_viewed(make_run: MakeRun, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the viewer turns it by 90 degrees
    turned = picture(tmp_path / "turned.jpg", 80, 60, exif=exif, quality=95)
    run_on(make_run("semantic"), tmp_path / "out", turned)
    found = document(tmp_path / "out/turned.json")["image"]
    assert (found["width"], found["height"]) == (60, 80)
    assert pixels_of(tmp_path / "out/turned.png").shape == (80, 60, 3)
    assert pixels_of(tmp_path / "out/turned.labels.png").shape == (80, 60)
    upright = tmp_path / "upright.png"
    cv2.imwrite(str(upright), cv2.imread(str(turned)))
    run_on(make_run("semantic"), tmp_path / "out", upright)
    assert np.array_equal(
        pixels_of(tmp_path / "out/upright.labels.png"), pixels_of(tmp_path / "out/turned.labels.png")
    )


@pytest.mark.parametrize("mode", ["L", "RGBA", "P"])
def test_grey_transparent_and_palette_images_are_read(make_run: MakeRun, tmp_path: Path, mode: str) -> None:
    Image.open(picture(tmp_path / "a.png")).convert(mode).save(tmp_path / "b.png")
    assert run_on(make_run("semantic"), tmp_path / "out", tmp_path / "b.png") == 0
    assert pixels_of(tmp_path / "out/b.png").shape == (60, 80, 3)


def test_broken_images_are_listed_and_the_others_are_done(
    make_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = picture(tmp_path / "in/good.jpg")
    (tmp_path / "in/cut.jpg").write_bytes(good.read_bytes()[:-700])
    (tmp_path / "in/text.png").write_text("no pixels here")
    status = run_on(make_run("semantic"), tmp_path / "out", tmp_path / "in", tmp_path / "gone.jpg")
    assert status == 1
    listed = [line for line in capsys.readouterr().err.splitlines() if line.startswith("left out")]
    assert [line.split(": ")[0] for line in listed] == [
        f"left out {tmp_path / name}" for name in ("gone.jpg", "in/cut.jpg", "in/text.png")
    ]
    assert "no such file" in listed[0]
    assert "truncated" in listed[1]
    assert "not an image" in listed[2]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "good.json",
        "good.labels.png",
        "good.png",
    ]


def test_images_of_one_name_in_two_folders_are_kept_apart(make_run: MakeRun, tmp_path: Path) -> None:
    for seed, folder in enumerate(("a", "b/c")):
        picture(tmp_path / "in" / folder / "x.png", seed=seed)
    run_on(make_run("semantic"), tmp_path / "out", tmp_path / "in")
    for folder in ("a", "b/c"):
        found = document(tmp_path / "out" / folder / "x.json")
        assert found["image"]["file_name"] == str(tmp_path / "in" / folder / "x.png")


def test_a_config_is_followed_by_its_weights(make_run: MakeRun, make_recipe, tmp_path: Path) -> None:
    run, image = make_run("semantic"), picture(tmp_path / "a.png")
    run_on(run, tmp_path / "of-run", image)
    arguments = [str(make_recipe("semantic")), str(run / "best.pth"), str(image)]
    assert predict(arguments, tmp_path / "of-config", "cpu", 0.3) == 0
    assert document(tmp_path / "of-config/a.json") == document(tmp_path / "of-run/a.json")


def test_a_config_without_weights_is_refused(make_recipe, tmp_path: Path) -> None:
    with pytest.raises(KitError, match="no weights are given"):
        predict([str(make_recipe("semantic")), str(picture(tmp_path / "a.png"))], tmp_path, "cpu", 0.3)


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ([], "no image is named"),
        (["*.nothing"], r"\*\.nothing: matches no file"),
        (["gone.jpg"], r"gone\.jpg: no such file"),
        (["empty"], r"empty: a folder without images"),
    ],
)
def test_nothing_to_predict_on_is_an_error(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: list[str], reason: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KitError, match=f"nothing to predict on: {reason}"):
        run_on(make_run("semantic"), tmp_path / "out", *inputs)
    assert not (tmp_path / "out").exists()


def test_a_config_that_names_no_classes_is_refused(make_run: MakeRun, tmp_path: Path) -> None:
    from segdet_kit.openmmlab.predictor import Predictor
    from segdet_kit.source import resolve

    source = resolve(make_run("semantic"))
    del source.config["test_dataloader"]["dataset"]["classes"]
    with pytest.raises(KitError, match="does not name its classes"):
        Predictor(source.config, source.checkpoint, "cpu")


def test_a_config_without_test_pipeline_is_refused(make_run: MakeRun) -> None:
    from segdet_kit.openmmlab.predictor import Predictor
    from segdet_kit.source import resolve

    source = resolve(make_run("semantic"))
    del source.config["test_dataloader"]
    with pytest.raises(KitError, match="no test pipeline"):
        Predictor(source.config, source.checkpoint, "cpu")


@pytest.mark.parametrize(
    ("dataset", "first"),
    [
        ({"type": "CocoDataset"}, "person"),
        ({"type": "CocoDataset", "metainfo": {"classes": ("cat",)}}, "cat"),
        ({"type": "RepeatDataset", "dataset": {"type": "x", "metainfo": {"classes": "cat"}}}, "cat"),
        ({"type": "ConcatDataset", "datasets": [{"type": "x", "classes": ["dog"]}]}, "dog"),
    ],
)
def test_classes_are_known_without_reading_the_data_set(make_run: MakeRun, dataset: dict, first: str) -> None:
    from segdet_kit.openmmlab.predictor import Predictor
    from segdet_kit.source import resolve

    source = resolve(make_run("detection"))
    pipeline = source.config["test_dataloader"]["dataset"]["pipeline"]
    source.config["test_dataloader"]["dataset"] = {"pipeline": pipeline, **dataset}
    assert Predictor(source.config, source.checkpoint, "cpu").classes[0] == first

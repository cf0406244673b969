from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from segdet_kit.commands.compare import compare
from segdet_kit.commands.test import PER_IMAGE
from segdet_kit.errors import DataError, KitError

MakeTested = Callable[..., str]


@pytest.fixture
def make_tested(tmp_path: Path) -> MakeTested:
    """Write the folder of a tested segmenter that is right on so many of 100 pixels in each of 40 images."""

    def make(name: str, right: int, **changes: Any) -> str:
        images = []
        for number in range(40):
            hit = right + number % 5
            pixels = [[hit, hit], [100, 100], [100, 100]]
            images.append({"name": f"{number}.png", "truth": "t", "score": 0.5, "pixels": pixels})
        document = {"format": 1, "classes": ["sky", "road"], "per_image": images} | changes
        path = tmp_path / name / PER_IMAGE
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(document), encoding="utf-8")
        return str(tmp_path / name)

    return make


def test_a_better_run_is_called_better_and_a_worse_one_worse(make_tested: MakeTested, tmp_path: Path) -> None:
    runs = [make_tested("a", 60), make_tested("b", 80), make_tested("c", 50)]
    text = compare(runs, tmp_path / "new" / "c.json")
    assert text.splitlines()[0].split() == ["40", "images", *runs]
    assert f"{runs[1]} against {runs[0]}" in text
    document = json.loads((tmp_path / "new" / "c.json").read_text(encoding="utf-8"))
    assert [each["run"] for each in document["runs"]] == runs
    verdicts = [
        {difference["verdict"] for difference in each["differences"].values()}
        for each in document["comparisons"]
    ]
    assert verdicts == [{"better"}, {"worse"}]
    accuracy = document["comparisons"][0]["differences"]["pixel_accuracy"]
    assert accuracy["value"] == pytest.approx(0.2)
    assert f"{document['runs'][0]['metrics']['mIoU']:.4f}" in text


def test_a_run_is_the_same_as_itself(make_tested: MakeTested) -> None:
    run = make_tested("a", 60)
    text = compare([run, run], None)
    assert "same" in text
    assert "better" not in text
    assert "too narrow" not in text


def test_few_images_are_warned_of(make_tested: MakeTested) -> None:
    run = make_tested("a", 60)
    path = Path(run) / PER_IMAGE
    document = json.loads(path.read_text(encoding="utf-8"))
    document["per_image"] = document["per_image"][:5]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert compare([run, run], None).endswith("only 5 images: the intervals are too narrow")


def test_one_run_is_refused(make_tested: MakeTested) -> None:
    with pytest.raises(KitError, match="one run alone"):
        compare([make_tested("a", 60)], None)


def test_other_classes_are_refused(make_tested: MakeTested) -> None:
    runs = [make_tested("a", 60), make_tested("b", 60, classes=["sky", "car"])]
    with pytest.raises(DataError, match="other classes: sky, road; and sky, car"):
        compare(runs, None)


@pytest.mark.parametrize(("key", "value"), [("name", "other.png"), ("truth", "changed")])
def test_other_images_or_labels_are_refused(make_tested: MakeTested, key: str, value: str) -> None:
    runs = [make_tested("a", 60), make_tested("b", 60)]
    path = Path(runs[1]) / PER_IMAGE
    document = json.loads(path.read_text(encoding="utf-8"))
    document["per_image"][7][key] = value
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(DataError, match=r"other images or labels, such as 7\.png"):
        compare(runs, None)


def test_a_run_without_a_test_names_the_command(make_tested: MakeTested) -> None:
    runs = [make_tested("a", 60), make_tested("b", 60)]
    shutil.rmtree(Path(runs[1]) / "test")
    with pytest.raises(KitError, match=r"has no test/per_image\.json") as error:
        compare(runs, None)
    assert error.value.hint == f"segdet-kit test {runs[1]}"


def test_a_damaged_file_is_named(make_tested: MakeTested) -> None:
    runs = [make_tested("a", 60), make_tested("b", 60)]
    (Path(runs[1]) / PER_IMAGE).write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=r"per_image\.json is no JSON"):
        compare(runs, None)


def test_objects_are_not_compared_with_pixels(make_tested: MakeTested) -> None:
    runs = [make_tested("a", 60), make_tested("b", 60)]
    path = Path(runs[1]) / PER_IMAGE
    document = json.loads(path.read_text(encoding="utf-8"))
    for image in document["per_image"]:
        del image["pixels"]
        image["box"] = {"labels": [], "scores": [], "hits": [], "ignored": [], "truths": [1, 1]}
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(DataError, match=r"is scored by its images' mIoU, .* by their F1"):
        compare(runs, None)

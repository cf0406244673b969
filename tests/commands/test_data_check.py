from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from segdet_kit.__main__ import main
from segdet_kit.cli import app
from segdet_kit.commands import data_check as command
from segdet_kit.commands.data_check import check_before_training
from segdet_kit.errors import DataError
from tests.data_check.samples import SOUND, coco, config, label_maps

SHAPES = """\
task = {task!r}
data = dict(type='shapes', root={root!r}, train=4, val=2, test=2, image_size=64)
image_size = (64, 64)
backbone = dict(type='resnet18', base_channels=8)
head = {head!r}
schedule = dict(epochs=1, batch_size=4)
"""
HEADS = {"detection": "rtmdet", "instance": "mask-rcnn", "semantic": "segformer"}


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[[str], Path]:
    def make(task: str) -> Path:
        path = tmp_path / f"{task}.py"
        path.write_text(SHAPES.format(task=task, root=str(tmp_path / "shapes"), head=HEADS[task]))
        return path

    return make


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        app(["data", "check", *map(str, arguments)])
    return int(end.value.code or 0)


@pytest.mark.parametrize("task", HEADS)
def test_a_recipe_of_each_task_is_counted_and_sound(
    recipe: Callable[[str], Path], task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(recipe(task), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"]
    assert [finding for finding in report["findings"] if finding["severity"] in ("fatal", "error")] == []
    assert {split: counts["images"] for split, counts in report["splits"].items()} == {
        "train": 4,
        "val": 2,
        "test": 2,
    }
    what = "pixels" if task == "semantic" else "objects"
    assert sum(numbers[what] for numbers in report["splits"]["train"]["classes"].values()) > 0


def test_the_text_tells_counts_findings_and_hints(
    recipe: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = recipe("detection")
    assert run(path, "--set", "data.splits.test='train'") == 1
    out = capsys.readouterr().out
    assert "train: 4 images, 0 filtered out, 0 without labels\n  disk " in out
    assert "error: train, test: images of both splits (4): " in out
    assert "[shared-images]\n  hint: take them out of one" in out
    assert out.splitlines()[-1].startswith("not ok: ")


def test_a_finding_has_the_keys_that_are_promised(
    recipe: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run(recipe("detection"), "--set", "data.splits.test='train'", "--json")
    report = json.loads(capsys.readouterr().out)
    assert list(report) == ["ok", "splits", "findings"]
    assert list(report["findings"][0]) == ["code", "severity", "split", "count", "examples", "hint"]


def test_a_training_begins_with_one_line_where_all_is_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = config("mmseg", train=label_maps(tmp_path), val=label_maps(tmp_path, role="val"))
    check_before_training(settings, Path("r.py"), [])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("data: train 1, val 1 images; nothing wrong (")


def test_warnings_before_a_training_have_a_line_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {"a.png": [*SOUND["a.png"], ("cat", (3, 3, 0, 0))]}
    check_before_training(config("mmdet", train=coco(tmp_path, broken)), Path("r.py"), ["a=b c"])
    warning, line = capsys.readouterr().err.splitlines()
    assert warning == "data: warning: train: boxes less than a pixel wide or high: a.png: cat [3, 3, 3, 3]"
    assert "; see segdet-kit data check r.py --set 'a=b c' (" in line


def test_what_was_left_out_before_a_training_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "BEFORE_TRAINING", 1)
    settings = config("mmdet", train=coco(tmp_path, {**SOUND, "b.png": SOUND["a.png"]}))
    check_before_training(settings, Path("r.py"), [])
    assert (
        "nothing wrong; 1 files not looked into yet, segdet-kit data check r.py does ("
        in capsys.readouterr().err
    )
    check_before_training(settings, Path("r.py"), [])
    assert "not looked into" not in capsys.readouterr().err


def test_what_is_fatal_stops_a_training_with_its_hint(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="train: no image has a label of the classes") as stopped:
        check_before_training(config("mmdet", train=coco(tmp_path, {"a.png": []})), Path("r.py"), [])
    assert stopped.value.hint == (
        "look at classes and annotations; all that is wrong: segdet-kit data check r.py"
    )


def test_train_ends_in_an_error_and_a_hint_and_leaves_no_run(
    recipe: Callable[[str], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = ["train", str(recipe("detection")), "--set", "classes=['disc', 'square']"]
    monkeypatch.setattr(sys, "argv", ["segdet-kit", *arguments, "--work-dir", str(tmp_path / "run")])
    with pytest.raises(SystemExit) as end:
        main()
    error, hint = capsys.readouterr().err.splitlines()
    assert end.value.code == 2
    assert error.startswith("error: train: classes that are the name of nothing in the annotations: ")
    assert error.endswith("has no category named 'disc'")
    assert hint.startswith(
        "hint: its categories: disk, square, triangle, star; all that is wrong: segdet-kit data"
    )
    assert not (tmp_path / "run").exists()


def test_what_is_fatal_to_the_test_split_alone_is_told_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = coco(tmp_path, role="test") | {"ann_file": "nowhere.json"}
    check_before_training(config("mmdet", train=coco(tmp_path), test=test), Path("r.py"), [])
    assert capsys.readouterr().err.startswith("data: fatal: test: cannot be read: FileNotFoundError")


def test_the_one_point_boxes_of_bccd_are_found_and_nothing_else(
    segdet_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configs = Path(__file__).parents[2] / "configs"
    assert run(configs / "bccd-rtmdet.py", "--json") == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [(each["code"], each["split"], each["examples"]) for each in found] == [
        ("box-empty", "train", ["BloodImage_00343.jpg: RBC [181, 329, 181, 329]"]),
        ("box-empty", "val", ["BloodImage_00338.jpg: RBC [504, 337, 504, 337]"]),
    ]


def test_nothing_is_found_in_camvid(segdet_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configs = Path(__file__).parents[2] / "configs"
    assert run(configs / "camvid-segmenter.py", "--json") == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []

"""A recipe's data set, in another layout, is read by the keys that are printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from segdet_kit.cli import app
from segdet_kit.cli.data import DataFormat
from segdet_kit.commands.data_check import data_check
from segdet_kit.commands.data_convert import data_convert
from segdet_kit.convert.convert import FORMATS
from segdet_kit.errors import DataError, KitError
from tests.commands.conftest import SIZE, TESTED

MakeRecipe = Callable[[str], Path]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def more(tmp_path: Path) -> list[str]:
    """The settings with which every class is in the training images."""
    return ["data.train=12", f"data.root={tmp_path / 'shapes'}"]


def report(task: str, printed: str, recipe: Path) -> dict[str, Any]:
    """Check the data of a recipe that ends in what ``data convert`` printed."""
    head = {"detection": "rtmdet", "instance": "mask-rcnn", "semantic": "segformer"}[task]
    keys = printed.partition("\n\n")[2]
    recipe.write_text(f"task = {task!r}\nhead = {head!r}\nbackbone = 'resnet18'\n{keys}\n")
    text, _ = data_check(str(recipe), [], as_json=True)
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize(
    ("task", "to", "reads"),
    [
        ("detection", "voc", "detection"),
        ("instance", "yolo", "instance"),
        ("instance", "labelme", "instance"),
        ("instance", "coco", "instance"),
        ("instance", "mask-folders", "semantic"),
        ("instance", "instance-folders", "instance"),
        ("semantic", "mask-folders", "semantic"),
    ],
)
def test_what_is_printed_reads_what_is_written(
    make_recipe: MakeRecipe, more: list[str], tmp_path: Path, task: str, to: str, reads: str
) -> None:
    out = tmp_path / "out"
    printed = data_convert(str(make_recipe(task)), to, out, more)
    assert printed.startswith(f"{out}: 12 train, 2 val, {TESTED} test images as {to}")
    found = report(reads, printed, tmp_path / "recipe.py")
    assert found["findings"] == []
    assert [counts["images"] for counts in found["splits"].values()] == [12, 2, TESTED]


def test_no_object_is_lost_on_the_way_through_all_layouts(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    recipe = make_recipe("instance")
    before = json.loads(data_check(str(recipe), [], as_json=True)[0])["splits"]
    for to in ("yolo", "labelme", "coco"):
        printed = data_convert(str(recipe), to, tmp_path / to, [])
        recipe = tmp_path / f"{to}.py"
        assert report("instance", printed, recipe)["splits"] == before


def test_what_is_lost_is_told(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    printed = data_convert(str(make_recipe("instance")), "instance-folders", tmp_path / "out", [])
    assert "objects without their class\n" in printed
    assert "classes = ['object']" in printed


def test_splits_of_the_same_images_are_written_once(
    make_recipe: MakeRecipe, more: list[str], tmp_path: Path
) -> None:
    settings = [*more, "data.splits.test=val"]
    printed = data_convert(str(make_recipe("detection")), "yolo", tmp_path / "out", settings)
    assert "12 train, 2 val images" in printed
    assert "'splits': {'test': 'val'}" in printed
    assert report("detection", printed, tmp_path / "recipe.py")["findings"] == []


def write_labelme(root: Path, image: str, points: Any = ((1, 1), (9, 1), (9, 9))) -> Path:
    (root / "train").mkdir(parents=True)
    shapes = [
        {"label": "cat", "points": list(points)},
        {"label": "cat", "points": [[1, 1]], "shape_type": "point"},
    ]
    (root / "train/a.json").write_text(json.dumps({"imagePath": image, "shapes": shapes}))
    splits = {"val": "train", "test": "train"}
    keys = {"classes": ["cat"], "data": {"type": "labelme", "root": str(root), "splits": splits}}
    lines = [f"{key} = {value!r}\n" for key, value in keys.items()]
    recipe = root.with_suffix(".py")
    recipe.write_text("task = 'detection'\nhead = 'rtmdet'\nbackbone = 'resnet18'\n" + "".join(lines))
    return recipe


def test_images_outside_of_the_data_set_are_not_copied(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (20, 20)).save(tmp_path / "secret.png")
    recipe = write_labelme(tmp_path / "data", "../../secret.png")
    with pytest.raises(DataError, match="outside"):
        data_convert(str(recipe), "coco", tmp_path / "out", [])
    assert not (tmp_path / "out").exists()


def test_what_was_not_read_is_told(tmp_path: Path) -> None:
    from PIL import Image

    recipe = write_labelme(tmp_path / "data", "a.png")
    Image.new("RGB", (20, 20)).save(tmp_path / "data/train/a.png")
    printed = data_convert(str(recipe), "coco", tmp_path / "out", [])
    assert "left out 1 shapes of kind point" in printed


def test_a_data_set_that_cannot_be_read_is_told_as_it_is(tmp_path: Path) -> None:
    recipe = write_labelme(tmp_path / "data", "gone.png")
    with pytest.raises(DataError, match=r"train: .*its image gone\.png does not exist"):
        data_convert(str(recipe), "coco", tmp_path / "out", [])


def test_a_folder_that_exists_is_left_alone(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    with pytest.raises(KitError, match="exists"):
        data_convert(str(make_recipe("detection")), "coco", tmp_path, [])


def test_the_command_line_offers_every_format(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    assert [each.value for each in DataFormat] == list(FORMATS)
    arguments = [
        "data",
        "convert",
        str(make_recipe("detection")),
        "--to",
        "yolo",
        "--out",
        str(tmp_path / "out"),
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out/data.yaml").is_file()


def test_nuclei_keep_their_masks_through_yolo(segdet_data: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "nuclei.py"
    splits = {"train": "val", "val": "val", "test": "val"}
    data = {"type": "instance-folders", "root": str(segdet_data / "dsb2018"), "splits": splits}
    keys = {"classes": ["nucleus"], "data": data, "task": "instance", "head": "mask-rcnn", "image_size": SIZE}
    recipe.write_text(
        "backbone = 'resnet18'\n" + "".join(f"{key} = {value!r}\n" for key, value in keys.items())
    )
    printed = data_convert(str(recipe), "yolo", tmp_path / "yolo", [])
    assert "lost" not in printed
    found = report("instance", printed, tmp_path / "yolo.py")
    assert found["splits"]["train"]["classes"] == {"nucleus": {"images": 66, "objects": 9543 - 7570}}

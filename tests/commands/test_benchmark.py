"""``segdet-kit benchmark``: what is crossed, what is refused, and a whole benchmark of a small recipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from segdet_kit.cli import app
from segdet_kit.commands.benchmark import Asked, compare, cross
from segdet_kit.errors import KitError

RECIPE = """\
task = 'detection'
data = dict(type='shapes', root='{root}', train=4, val=2, test=2, image_size=64)
image_size = 64
backbone = 'resnet18'
head = 'retinanet'
"""


def asked(*targets: str, **options: Any) -> Asked:
    defaults: dict[str, Any] = {
        "baseline": None,
        "mode": "infer",
        "runtimes": [None],
        "batch_sizes": [1],
        "sizes": [None],
        "precisions": [None],
        "devices": ["cpu"],
        "threads": [1],
        "with_accuracy": False,
        "precision_goal": 0.05,
        "max_time": 0,
        "settings": [],
    }
    return Asked(targets=targets, **{**defaults, **options})


def mistake(*arguments: str) -> KitError:
    error = CliRunner().invoke(app, ["benchmark", *arguments]).exception
    assert isinstance(error, KitError)
    return error


def test_options_that_are_repeated_are_crossed_and_named() -> None:
    specs = cross(asked("a", "b", runtimes=["torch", "onnxruntime"], batch_sizes=[1, 8], threads=[2]))
    assert list(specs) == [
        f"{target} {runtime} batch={size}"
        for target in "ab"
        for runtime in ("torch", "onnxruntime")
        for size in (1, 8)
    ]
    spec = specs["b onnxruntime batch=8"]
    assert (spec.target, spec.runtime, spec.batch_size, spec.threads) == ("b", "onnxruntime", 8, 2)


def test_a_target_that_is_named_twice_is_measured_twice() -> None:
    assert list(cross(asked("a", "a", "a"))) == ["a", "a #2", "a #3"]


def test_a_config_comes_with_its_weights(tmp_path: Path) -> None:
    odd = tmp_path / "run@home"
    odd.mkdir()
    specs = cross(asked("config.py@best.pth", str(odd), f"{odd}/config.py@{odd}/x.pth"))
    found = [(spec.target, spec.checkpoint) for spec in specs.values()]
    assert found[:2] == [("config.py", "best.pth"), (str(odd), None)]


def test_a_size_is_height_and_width() -> None:
    assert cross(asked("a", sizes=["480x640"]))["a"].size == (480, 640)


@pytest.mark.parametrize("size", ["480", "480x", "0x640", "480X640", "-1x5", "480x640x3"])
def test_what_is_no_size_is_refused(size: str) -> None:
    error = mistake("nothing.py", "--size", size)
    assert (error.message, error.hint) == (
        f"{size} is no size",
        "write height and width in pixels: --size 480x640",
    )


def test_a_baseline_that_is_no_target_is_refused() -> None:
    error = mistake("runs/short", "runs/long", "--baseline", "runs/lang")
    assert error.message == "the baseline runs/lang is not among the targets"
    assert error.hint == "name one of them, such as runs/long"


def test_where_no_target_can_be_measured_the_first_error_is_the_answer() -> None:
    assert mistake("nothing.py", "void.py").message == "nothing.py: no such file or folder"


def test_two_measurements_are_compared_no_more_and_no_less() -> None:
    error = mistake("compare", "a.json")
    assert error.message == "two measurements are compared, and 1 were named"


@pytest.mark.parametrize(
    ("text", "cause"),
    [(None, "no such file"), ("{", "is no JSON: "), ("[]", "is no measurement"), ("{}", "is no measurement")],
)
def test_what_is_no_measurement_is_refused(tmp_path: Path, text: str | None, cause: str) -> None:
    path = tmp_path / "a.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(KitError) as error:
        compare([str(path), str(path)])
    assert str(path) in error.value.message
    assert cause in error.value.message
    assert error.value.hint == "segdet-kit benchmark TARGET... --json F writes one"


def test_a_recipe_is_measured_and_a_target_that_fails_is_told(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.py"
    recipe.write_text(RECIPE.format(root=tmp_path / "shapes"))
    files = {form: tmp_path / f"out.{form}" for form in ("json", "csv", "markdown", "html")}
    written = [text for form, path in files.items() for text in (f"--{form}", str(path))]
    arguments = [str(recipe), "nothing.py", "--threads", "1", "--device", "cpu", "--max-time", "0", *written]
    done = CliRunner().invoke(app, ["benchmark", *arguments])
    assert done.exit_code == 1, done.exception
    made = json.loads(files["json"].read_text())
    [target] = made["targets"]
    assert target["name"] == str(recipe)
    assert target["images_per_second"] > 0
    assert target["stages"].keys() == {"data", "preprocess", "forward", "postprocess"}
    assert target["facts"]["weights"] == "random"
    assert made["settings"]["rounds"] == 2
    assert made["settings"]["mode"] == "infer"
    assert [failure["name"] for failure in made["failures"]] == ["nothing.py"]
    assert "nothing.py was not measured: nothing.py: no such file or folder" in done.stdout
    for path in files.values():
        assert recipe.name in path.read_text()
    text = compare([str(files["json"]), str(files["json"])])
    assert recipe.name in text

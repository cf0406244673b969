"""What ``show`` prints: the whole config, each key with its origin, and text that plain mmengine runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from segdet_kit.commands.show import show
from segdet_kit.errors import PluginError, PolicyError, RecipeError
from segdet_kit.strict_json import unmarked

SHAPES = "dict(type='shapes', root={root!r}, train=8, val=4, test=4, image_size=64)"
RECIPE = f"""\
task = {{task!r}}
data = {SHAPES}
image_size = (64, 64)
backbone = dict(type='resnet18', base_channels=8)
head = {{head!r}}
augmentations = ['flip', dict(type='rotate', degrees=30)]
schedule = dict(epochs=1, batch_size=4)
"""
HEADS = {"detection": "rtmdet", "semantic": "segformer"}

PLAIN_MMENGINE = """
import sys
from segdet_kit.openmmlab import ops
ops.install()
from mmengine.config import Config
from mmengine.runner import Runner
Runner.from_cfg(Config.fromfile(sys.argv[1])).train()
"""


@pytest.fixture(params=HEADS)
def recipe(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "recipe.py"
    text = RECIPE.format(task=request.param, head=HEADS[request.param], root=str(tmp_path / "shapes"))
    path.write_text(text, encoding="utf-8")
    return path


def native(path: Path, text: str) -> dict[str, Any]:
    path.write_text(text, encoding="utf-8")
    shown: dict[str, Any] = json.loads(show(str(path), [], "json", False))
    return shown


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """Paths of all that is no dict and no list of dicts, and of empty ones."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}.{index}")
    else:
        yield path


def test_what_is_shown_trains_with_plain_mmengine(recipe: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.py"
    saved.write_text(show(str(recipe), [], "py", False), encoding="utf-8")
    command = [sys.executable, "-c", PLAIN_MMENGINE, str(saved)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs" / "recipe" / "epoch_1.pth").is_file()


def test_python_and_json_say_the_same(recipe: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.py"
    saved.write_text(show(str(recipe), [], "py", False), encoding="utf-8")
    shown = json.loads(show(str(recipe), [], "json", False))
    assert Config.fromfile(saved).to_dict() == unmarked(shown)


def test_every_leaf_of_the_config_has_its_origin(recipe: Path) -> None:
    config = json.loads(show(str(recipe), [], "json", False))
    origins = json.loads(show(str(recipe), [], "json", True))
    assert sorted(origins) == sorted(leaves(unmarked(config)))
    assert all(origins.values())


def test_an_origin_is_a_line_a_setting_a_base_a_plugin_or_a_default(recipe: Path) -> None:
    printed = show(str(recipe), ["schedule.lr=0.5"], "py", True)
    origins = dict(line.split(maxsplit=1) for line in printed.splitlines())
    assert origins["train_dataloader.batch_size"] == f"{recipe}:7"
    assert origins["model.backbone.base_channels"] == f"{recipe}:4"
    assert origins["optim_wrapper.optimizer.lr"] == "--set"
    assert origins["model.type"].split("::")[0] in ("mmdet", "mmseg")
    assert origins["model.backbone.depth"].startswith("backbone resnet18 (segdet-kit ")
    assert origins["optim_wrapper.optimizer.weight_decay"] == "default of schedule.weight_decay"


@pytest.mark.parametrize(
    ("base", "neck_or_head", "channels"),
    [
        ("mmdet::retinanet/retinanet_r18_fpn_1x_coco.py", "neck", [64, 128, 256, 512]),
        ("mmseg::fcn/fcn_r18-d8_4xb2-80k_cityscapes-512x1024.py", "decode_head", 512),
    ],
)
def test_a_native_config_has_a_base_of_openmmlabs_and_a_backbone_of_the_kits(
    tmp_path: Path, base: str, neck_or_head: str, channels: list[int] | int
) -> None:
    config = native(
        tmp_path / "mine.py",
        f"_base_ = {base!r}\n"
        "model = dict(backbone=dict(_delete_=True, type='kit:resnet18', norm_eval=True))\n"
        "train_cfg = dict(max_iters=int('7'))\n",
    )
    assert config["model"]["backbone"] == {
        "type": "segdet_kit.builtin.backbones.resnet.ResNet",
        "depth": 18,
        "pretrained": False,
        "norm_eval": True,
    }
    assert config["model"][neck_or_head]["in_channels"] == channels
    assert config["train_cfg"]["max_iters"] == 7
    assert config["work_dir"] == "runs/mine"
    assert "custom_imports" not in config


def test_a_name_that_kinds_share_is_told_apart_in_a_native_config(tmp_path: Path) -> None:
    metric = "default_scope = 'mmdet'\nmodel = dict(type='RTMDet')\nval_evaluator = dict(type={!r})\n"
    config = native(tmp_path / "mine.py", metric.format("kit:metric/coco"))
    assert config["val_evaluator"] == {"type": "segdet_kit.builtin.metrics.coco.CocoAP"}
    with pytest.raises(PluginError, match="names more than one"):
        native(tmp_path / "mine.py", metric.format("kit:coco"))
    with pytest.raises(PluginError, match="no component is named 'cocoo'"):
        native(tmp_path / "mine.py", metric.format("kit:cocoo"))


def test_a_native_config_with_a_base_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"mine\.py: the config failed while it ran: .*nothing\.py"):
        native(tmp_path / "mine.py", "_base_ = 'mmdet::rtmdet/nothing.py'\nmodel = dict()\n")


DETECTOR = "default_scope: mmdet\nmodel:\n  type: RTMDet\n"


@pytest.mark.parametrize(
    ("name", "text", "error", "told"),
    [
        ("a.json", '{"model": {"type": "os.system", "command": "id"}}', PolicyError, r"'os\.system'"),
        ("a.yaml", DETECTOR.replace("RTMDet", "os.system"), PolicyError, r"'os\.system'"),
        ("a.toml", "[model]\ntype = 'builtins.print'\n", PolicyError, r"'builtins\.print'"),
        ("a.yaml", "_base_: other.py\n" + DETECTOR, RecipeError, "_base_"),
        ("a.yaml", "custom_imports: {imports: [antigravity]}\n" + DETECTOR, RecipeError, "custom_imports"),
        ("a.yaml", DETECTOR + "work_dir: '{{$HOME}}'\n", RecipeError, "a template is not data"),
        ("a.yaml", DETECTOR + "seed: !!python/object/apply:os.getpid []\n", RecipeError, "tag"),
    ],
)
def test_a_native_config_that_is_data_stays_data(
    tmp_path: Path, name: str, text: str, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        native(tmp_path / name, text)


def test_a_native_config_that_is_data_is_shown(tmp_path: Path) -> None:
    config = native(tmp_path / "mine.yaml", DETECTOR + "  backbone: {type: 'kit:resnet18'}\n")
    assert config["model"]["backbone"]["type"] == "segdet_kit.builtin.backbones.resnet.ResNet"

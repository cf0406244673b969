from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope

from segdet_kit.assemble import assemble
from segdet_kit.catalog import installed
from segdet_kit.errors import CheckpointError, RecipeError
from segdet_kit.openmmlab.runtime import build_model, build_runner, prepare
from segdet_kit.openmmlab.state import isolated
from segdet_kit.openmmlab.training import train
from segdet_kit.recipe import make_recipe


def forward(model: torch.nn.Module) -> list[torch.Tensor]:
    out = model(torch.linspace(0, 1, 3 * 64 * 64).reshape(1, 3, 64, 64), mode="tensor")
    return [tensor for level in (out if isinstance(out, tuple) else (out,)) for tensor in level]


def global_state() -> list[list[str]]:
    return [list(cls._instance_dict) for cls in (DefaultScope, MMLogger, MessageHub)]


@pytest.mark.filterwarnings("ignore:torch.meshgrid:UserWarning")
def test_a_detector_and_a_segmenter_live_side_by_side(detector, segmenter, pictures, tmp_path):
    prepare()
    before = global_state()
    configs = {"det": Config(detector(pictures)), "seg": Config(segmenter(pictures))}
    models = {name: build_model(config) for name, config in configs.items()}
    expected = {name: forward(model) for name, model in models.items()}
    for name, config in configs.items():
        config.train_cfg.max_epochs = 1
        assert train(config, tmp_path / name, recipe="").step == 3
    assert global_state() == before
    for name, model in models.items():
        assert all(map(torch.equal, forward(model), expected[name]))
        trained = build_model(configs[name], tmp_path / name / "last.pth")
        assert not all(map(torch.equal, forward(trained), expected[name]))
    assert global_state() == before


def test_a_transformer_without_weights_holds_nothing_that_lay_in_the_memory():
    prepare()
    layers = {"num_layers": 1}
    recipe = {
        "task": "detection",
        "data": {"type": "shapes"},
        "backbone": {"type": "resnet18", "base_channels": 8},
        "head": {"type": "deformable-detr", "num_queries": 20, "encoder": layers, "decoder": layers},
    }
    model = build_model(Config(assemble(make_recipe(recipe), installed()).config))
    assert model.level_embed.std().item() == pytest.approx(1, abs=0.15)


def test_the_weights_of_another_model_are_refused(detector, segmenter, pictures, tmp_path):
    prepare()
    model = build_model(Config(segmenter(pictures)))
    torch.save({"state_dict": model.state_dict()}, tmp_path / "seg.pth")
    with pytest.raises(CheckpointError, match="weights of another model"):
        build_model(Config(detector(pictures)), tmp_path / "seg.pth")


def test_a_runner_writes_its_log_to_a_file_and_nothing_to_the_console(segmenter, pictures, tmp_path, capsys):
    prepare()
    config = Config(segmenter(pictures) | {"leftover": {"type": "NeverBuilt"}})
    with isolated("cpu", config.default_scope):
        metrics = build_runner(config, tmp_path).test()
    assert set(metrics) == {"aAcc", "mIoU", "mAcc"}
    assert capsys.readouterr().out == ""
    assert "mIoU" in next(tmp_path.glob("*/*.log")).read_text()
    assert config.work_dir == "unused"


def test_a_types_fault_is_found_before_anything_is_built(segmenter, pictures, tmp_path):
    prepare()
    config = Config(segmenter(pictures))
    config.model.backbone.type = "ResNetV1"
    with isolated("cpu", config.default_scope), pytest.raises(RecipeError, match=r"model\.backbone\.type"):
        build_runner(config, tmp_path / "logs")
    with pytest.raises(RecipeError, match=r"model\.backbone\.type"):
        build_model(config)
    assert not (tmp_path / "logs").exists()


PLAIN = """
import sys
import segdet_kit.openmmlab.ops
segdet_kit.openmmlab.ops.install()
from mmengine.config import Config
from mmengine.runner import Runner
Runner.from_cfg(Config.fromfile(sys.argv[1])).train()
"""


def test_a_dumped_config_trains_with_plain_mmengine(detector, pictures, tmp_path):
    config = Config(detector(pictures))
    config.train_cfg.max_epochs = 1
    config.work_dir = str(tmp_path / "work")
    (tmp_path / "config.py").write_text(config.pretty_text)
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, str(tmp_path / "config.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert Path(tmp_path / "work" / "epoch_1.pth").exists()

from __future__ import annotations

import json
import math
import signal
import subprocess

import pytest
import torch
from PIL import Image

from segdet_kit.errors import KitError
from segdet_kit.recipe import Recipe, read
from tests.end_to_end.conftest import Trained
from tests.end_to_end.kit import (
    BATCH_SIZE,
    CLASSES,
    EPOCHS,
    STEPS,
    TRAINED,
    Kit,
    digest,
    losses,
    records,
    tensors,
)


@pytest.mark.parametrize("task", CLASSES)
def test_a_run_folder_holds_all_that_was_asked_for_and_measured(trained: Trained, task: str) -> None:
    run = trained(task)
    kept = ["best.pth", "config.py", "curves.png", "last.pth", "manifest.json", "metrics.jsonl", "recipe.py"]
    assert set(kept) <= {file.name for file in run.iterdir()}
    assert not list(run.glob(".*"))

    asked, kept_recipe = read(run.parent.parent / f"{task}.py"), read(run / "recipe.py")
    assert isinstance(asked, Recipe)
    assert isinstance(kept_recipe, Recipe)
    assert kept_recipe.as_data() == asked.as_data()

    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 0
    assert manifest["device"] == "cpu"
    assert manifest["data"]["images"] == TRAINED
    assert len(manifest["data"]["fingerprint"]) == 64
    assert manifest["packages"]["torch"] == torch.__version__.partition("+")[0]
    assert "segdet-kit" in manifest["plugins"]
    assert "git" in manifest

    measured = losses(run)
    assert list(measured) == [STEPS // EPOCHS, STEPS]
    assert all(map(math.isfinite, measured.values()))
    assert [record["step"] for record in records(run) if "val" in record] == [STEPS // EPOCHS, STEPS]

    with Image.open(run / "curves.png") as curves:
        assert min(curves.size) > 200
    assert tensors(run / "best.pth").keys() == tensors(run / "last.pth").keys()


def test_a_run_says_on_stdout_where_it_is_and_how_it_ended(kit: Kit) -> None:
    done = kit("train", kit.recipe("told", "semantic", schedule={"epochs": 1}), "--work-dir", "elsewhere")
    first, *scores = done.stdout.splitlines()
    assert first.startswith("elsewhere: 1 steps in ")
    assert any(line.split()[0] == "iou/mIoU" for line in scores)
    assert "epoch 1/1" in done.stderr


def test_one_seed_gives_one_set_of_weights_and_another_seed_another(kit: Kit, trained: Trained) -> None:
    first = digest(trained("detection") / "last.pth")
    recipe = kit.recipe("again", "detection")
    assert digest(kit.train(recipe) / "last.pth") == first
    assert digest(kit.train(recipe, "--seed", "1") / "last.pth") != first


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(kit: Kit) -> None:
    recipe = kit.recipe("long", "semantic", schedule={"epochs": 12, "batch_size": BATCH_SIZE})
    command = kit.command("train", recipe, "--work-dir", "stopped")
    silent, heard = subprocess.DEVNULL, subprocess.PIPE
    with subprocess.Popen(command, cwd=kit.folder, stdout=silent, stderr=heard, text=True) as process:
        assert process.stderr is not None
        begun = next(line for line in process.stderr if line.startswith("epoch 1/"))
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 128 + signal.SIGINT, begun + rest
    assert "segdet-kit train stopped --resume" in rest
    stopped = kit.folder / "stopped"
    assert not any(record["epoch"] == 12 for record in records(stopped))

    kit("train", "stopped", "--resume")
    straight = kit.train(recipe)
    assert digest(stopped / "last.pth") == digest(straight / "last.pth")
    assert losses(stopped) == losses(straight)


def test_bfloat16_and_channels_last_train_on_a_cpu(kit: Kit, trained: Trained) -> None:
    run = kit.train(kit.recipe("bf16", "semantic", runtime={"precision": "bf16", "channels_last": True}))
    assert all(map(math.isfinite, losses(run).values()))
    weights, exact = tensors(run / "last.pth"), tensors(trained("semantic") / "last.pth")
    assert all(tensor.dtype in (torch.float32, torch.int64) for tensor in weights.values())
    name = "decode_head.conv_seg.weight"
    assert not torch.equal(weights[name], exact[name]), "nothing was rounded"
    torch.testing.assert_close(weights[name], exact[name], rtol=0, atol=1e-2)


@pytest.mark.parametrize(
    ("task", "base"),
    [
        ("detection", "mmdet::retinanet/retinanet_r18_fpn_1x_coco.py"),
        ("semantic", "mmseg::pspnet/pspnet_r18-d8_4xb2-80k_cityscapes-512x1024.py"),
    ],
)
def test_a_config_of_openmmlabs_own_trains_with_another_backbone(kit: Kit, task: str, base: str) -> None:
    run = kit.train(kit.recipe(f"base-{task}", task, base=base, head=None))
    assert losses(run).keys() == {STEPS // EPOCHS, STEPS}
    assert (run / "best.pth").is_file()


NATIVE = """\
_base_ = 'mmdet::retinanet/retinanet_r18_fpn_1x_coco.py'
load = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='Resize', scale=(64, 64), keep_ratio=True),
]
pack = dict(type='PackDetInputs')
shapes = dict(
    _delete_=True,
    type='kit:shapes',
    root={root!r},
    task='detection',
    classes=('disk', 'square', 'triangle', 'star'),
    train=8,
    val=4,
    test=4,
    image_size=64,
)
model = dict(
    backbone=dict(_delete_=True, type='kit:resnet18', base_channels=8),
    neck=dict(in_channels=[8 * 2**stage for stage in range(4)], out_channels=16),
    bbox_head=dict(num_classes=4, in_channels=16, feat_channels=16, stacked_convs=1),
)
loader = dict(batch_size=4, num_workers=0, persistent_workers=False)
train_set = dict(split='train', pipeline=[*load, dict(type='kit:flip'), pack], **shapes)
val_set = dict(split='val', test_mode=True, pipeline=[*load, pack], **shapes)
train_dataloader = dict(dataset=train_set, **loader)
val_dataloader = dict(dataset=val_set, **loader)
test_dataloader = val_dataloader
val_evaluator = dict(_delete_=True, type='kit:metric/coco')
test_evaluator = val_evaluator
train_cfg = dict(max_epochs=1)
"""


def test_a_native_config_with_components_of_the_kit_trains_and_is_tested(kit: Kit) -> None:
    config = kit.folder / "native.py"
    config.write_text(NATIVE.format(root=str(kit.folder / "shapes")), encoding="utf-8")
    run = kit.train(config)
    assert "coco/AP" in records(run)[-1]["val"]
    assert "coco/AP" in kit("test", run).stdout


def test_images_that_do_not_fill_a_batch_are_counted(kit: Kit) -> None:
    recipe = kit.recipe("few", "semantic", schedule={"epochs": 1, "batch_size": TRAINED + 1})
    with pytest.raises(KitError, match=f"{TRAINED} training images do not fill a batch of {TRAINED + 1}"):
        kit.train(recipe)
    assert not (kit.folder / "runs/few/config.py").exists()

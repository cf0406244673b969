"""A walk through the kit's registry: every head and backbone takes steps of training, and predicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from segdet_kit.components import Backbone, Head, Neck, Task
from segdet_kit.openmmlab.checkpoint import load_weights
from segdet_kit.testing.build import openmmlab
from segdet_kit.testing.model import SIZE, Trial, learn, make_trial
from segdet_kit.testing.subject import find_subject

BUILTIN = find_subject("builtin")
THIN = {"type": "resnet18", "base_channels": 8}
ONE, TWO = {"num_layers": 1}, {"num_layers": 2}
MASK2FORMER = {"num_queries": 10, "panoptic_head": {"transformer_decoder": ONE}}
LIGHTER: dict[tuple[str, Task], dict[str, Any]] = {
    ("deformable-detr", "detection"): {"num_queries": 20, "encoder": ONE, "decoder": TWO},
    ("dino", "detection"): {"num_queries": 100, "encoder": ONE, "decoder": TWO},
    ("mask2former", "instance"): MASK2FORMER,
    ("mask2former", "panoptic"): MASK2FORMER,
    ("mask2former", "semantic"): {"num_queries": 10, "transformer_decoder": ONE},
    ("solov2", "instance"): {"stacked_convs": 1},
}
"""Fewer layers, and for DINO more queries than a picture of this size has places."""
NARROWER = {"ResNet": {"base_channels": 8}, "ResNeXt": {"base_channels": 8, "groups": 4}}
SMALL_HEADS: dict[Task, str] = {"detection": "rtmdet", "semantic": "segformer"}
"""A head of each toolbox."""
PREDICTED = {"semantic": "pred_sem_seg", "panoptic": "pred_panoptic_seg"}


def of_kind(kind: type) -> list[Any]:
    return [component for component in BUILTIN.components if isinstance(component, kind)]


HEADS = [(head, task) for head in of_kind(Head) for task in head.tasks]
BACKBONES = [(backbone, task) for backbone in of_kind(Backbone) for task in SMALL_HEADS]
NECKS = [(neck, task) for neck in of_kind(Neck) for task in SMALL_HEADS if task in neck.tasks]


def named(value: object) -> str | None:
    return getattr(value, "name", value if isinstance(value, str) else None)


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The pictures that all of them see."""
    root = str(tmp_path_factory.mktemp("data") / "shapes")
    return {"type": "shapes", "root": root, "image_size": SIZE, "train": 2, "val": 1, "test": 2}


@pytest.mark.parametrize(("head", "task"), HEADS, ids=named)
def test_a_head_takes_steps_predicts_and_is_saved(
    head: Head, task: Task, shapes: dict[str, Any], tmp_path: Path
) -> None:
    with openmmlab(task):
        settings: dict[str, Any] = {"head": {"type": head.name, **LIGHTER.get((head.name, task), {})}}
        if head.strides:
            settings["backbone"] = THIN
        trial = make_trial(BUILTIN, head, task, data=shapes, **settings)
        train(trial, steps=2)
        predict(trial, task)
        assert_saved(trial.model, tmp_path / "model.pth")


@pytest.mark.parametrize(("backbone", "task"), BACKBONES, ids=named)
def test_a_backbone_learns_in_both_toolboxes(backbone: Backbone, task: Task, shapes: dict[str, Any]) -> None:
    with openmmlab(task):
        head = BUILTIN.catalog.get(Head, SMALL_HEADS[task], task)
        narrow = NARROWER.get(backbone.target.rpartition(":")[2], {})
        trial = make_trial(BUILTIN, head, task, data=shapes, backbone={"type": backbone.name, **narrow})
        train(trial, steps=1)
        predict(trial, task)


@pytest.mark.parametrize(("neck", "task"), NECKS, ids=named)
def test_a_neck_learns_between_backbone_and_head(neck: Neck, task: Task, shapes: dict[str, Any]) -> None:
    with openmmlab(task):
        head = BUILTIN.catalog.get(Head, SMALL_HEADS[task], task)
        settings = {"backbone": THIN, "neck": {"type": neck.name, "out_channels": 32}}
        trial = make_trial(BUILTIN, head, task, data=shapes, **settings)
        train(trial, steps=1)
        assert any(
            weights.grad.any() for weights in trial.model.neck.parameters() if weights.grad is not None
        )
        predict(trial, task)


def train(trial: Trial, steps: int) -> None:
    """Learn from one batch; all losses and gradients are finite, and some reach the backbone."""
    optimizer = torch.optim.SGD(trial.model.parameters(), lr=1e-4)
    for _ in range(steps):
        total, losses = trial.model.parse_losses(learn(trial))
        wrong = [name for name, value in losses.items() if not torch.as_tensor(value).isfinite().all()]
        assert not wrong
        optimizer.zero_grad()
        total.backward()
        learning = [weights for weights in trial.model.parameters() if weights.requires_grad]
        # Of several processes that train a model each waits for the gradients of all weights.
        assert all(weights.grad is not None and weights.grad.isfinite().all() for weights in learning)
        reached = [weights.grad for weights in trial.model.backbone.parameters() if weights.grad is not None]
        assert any(gradient.any() for gradient in reached)
        optimizer.step()


def predict(trial: Trial, task: Task) -> None:
    trial.model.eval()
    with torch.no_grad():
        batch = {key: value[:1] for key, value in trial.testing.items()}
        (sample,) = trial.model.test_step(batch)
    predicted = sample.get(PREDICTED.get(task, "pred_instances"))
    assert predicted is not None
    if task == "instance":
        assert predicted.masks.shape == (len(predicted.bboxes), *sample.ori_shape)


def assert_saved(model: nn.Module, path: Path) -> None:
    """The weights come back from a file, all of them."""
    trained = {name: value.clone() for name, value in model.state_dict().items()}
    torch.save({"state_dict": trained}, path)
    with torch.no_grad():
        for weights in model.parameters():
            weights.zero_()
    load_weights(model, path)
    assert all(torch.equal(value, trained[name]) for name, value in model.state_dict().items())

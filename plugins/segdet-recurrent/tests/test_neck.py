"""The neck: a feature pyramid that begins as FPN, and trains in detectors and segmenters."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from mmdet.models.necks import FPN
from segdet_recurrent.neck import RecurrentContextFPN

from segdet_kit.components import Head, Task
from segdet_kit.testing.build import openmmlab
from segdet_kit.testing.model import learn, make_trial
from segdet_kit.testing.subject import find_subject

CHANNELS = [4, 6, 8]


def levels() -> tuple[torch.Tensor, ...]:
    return tuple(torch.randn(2, c, 20 // s, 12 // s) for c, s in zip(CHANNELS, (1, 2, 4), strict=True))


def test_it_begins_as_a_feature_pyramid():
    with openmmlab("detection"):
        neck = RecurrentContextFPN(CHANNELS, 8, 4)
        neck.init_weights()
        plain = FPN(CHANNELS, 8, 4)
    learned_elsewhere = {name: value for name, value in neck.state_dict().items() if "context" not in name}
    plain.load_state_dict(learned_elsewhere)
    maps = levels()
    with torch.no_grad():
        for ours, theirs in zip(neck(maps), plain(maps), strict=True):
            assert torch.equal(ours, theirs)


@pytest.mark.parametrize("swept", [1, 2])
def test_as_many_of_the_coarsest_levels_are_swept_as_it_is_told(swept: int):
    neck = RecurrentContextFPN(CHANNELS, 8, 3, levels=swept, hidden=4)
    for context in neck.context:
        torch.nn.init.ones_(context.restore.weight)
    maps = tuple(level.requires_grad_() for level in levels())
    out = neck(maps)
    for index, level in enumerate(maps):
        (gradient,) = torch.autograd.grad(out[index][..., 0, 0].sum(), level, retain_graph=True)
        seen = gradient.abs().sum((0, 1)) > 0
        # Without sweeps, FPN's convolution of 3 x 3 is all that joins the places of a level.
        assert seen.all() == (index >= len(CHANNELS) - swept)


@pytest.mark.parametrize(("task", "head"), [("detection", "retinanet"), ("semantic", "unet")])
def test_it_learns_to_use_its_sweeps_in_detectors_and_segmenters(task: Task, head: str):
    settings: dict[str, Any] = {"neck": {"type": "recurrent-context", "out_channels": 16, "hidden": 8}}
    subject = find_subject("recurrent")
    with openmmlab(task):
        trial = make_trial(subject, subject.catalog.get(Head, head, task), task, **settings)
        context = trial.model.neck.context[0]
        before = context.rows.weight_hh_l0.clone()
        optimizer = torch.optim.AdamW(trial.model.parameters(), lr=1e-3, weight_decay=0)
        totals = []
        for _ in range(4):
            total, _ = trial.model.parse_losses(learn(trial))
            optimizer.zero_grad()
            total.backward()
            optimizer.step()
            totals.append(total.item())
        assert totals[-1] < totals[0]
        assert context.restore.weight.any()
        assert not torch.equal(context.rows.weight_hh_l0, before)

"""The task that only sweeps can do: what is drawn, and how far each neck sees on it."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from segdet_kit.assemble import assemble
from segdet_kit.catalog import installed
from segdet_kit.recipe import read
from segdet_kit.testing.build import openmmlab

ROOT = Path(__file__).parents[3]
TOOL = runpy.run_path(str(ROOT / "plugins/segdet-recurrent/tools/make_row_cues.py"))


def test_a_figures_class_is_the_colour_at_the_other_end_of_its_row():
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(12):
        picture, labels = TOOL["draw"](rng)
        rows = zip(np.split(picture.astype(int), 2), np.split(labels, 2), strict=True)
        classes = []
        for pixels, truth in rows:
            assert not truth[:, :390].any()
            (label,) = set(truth.flat) - {0}
            red, green = pixels[:, :48, 0].max(), pixels[:, :48, 1].max()
            assert (label == 1) == (red > green)
            classes.append(label)
        seen.add(tuple(classes))
    assert len(seen) == 4


def test_all_splits_are_written_and_each_time_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(TOOL["main"].__globals__, "SPLITS", {"train": 2, "test": 1})
    for folder in ("one", "two"):
        TOOL["main"](tmp_path / folder)
    files = [
        sorted(file.relative_to(tmp_path / f) for file in (tmp_path / f).rglob("*.png"))
        for f in ("one", "two")
    ]
    assert files[0] == files[1]
    assert len(files[0]) == 6
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in files[0])


@pytest.mark.parametrize(("neck", "sees"), [("fpn", False), ("recurrent-context", True)])
def test_only_sweeps_bring_the_colour_to_the_figure(neck: str, sees: bool):
    recipe = read(ROOT / "configs/row-cues.py", [f"neck.type={neck}"])
    with openmmlab("semantic"):
        from mmengine.config import Config
        from mmengine.registry import MODELS

        model: Any = MODELS.build(Config(assemble(recipe, installed()).config).model).eval()
        model.init_weights()
    if sees:
        torch.nn.init.ones_(model.neck.context[0].restore.weight)
    images = torch.randn(1, 3, TOOL["HEIGHT"], TOOL["WIDTH"], requires_grad=True)
    logits = model.decode_head(model.extract_feat(images))
    left, right = (edge - TOOL["FIGURE_RADII"][1] for edge in TOOL["FIGURE_X"])
    (gradient,) = torch.autograd.grad(logits[..., left // 4 :].sum(), images)
    cues = gradient[..., : TOOL["CUE_X"][1] + TOOL["CUE_RADIUS"]]
    assert cues.any().item() == sees
    assert gradient[..., right:].any()

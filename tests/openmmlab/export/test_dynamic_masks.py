from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from segdet_kit.openmmlab import runtimes
from segdet_kit.openmmlab.export.exporting import Export
from tests.openmmlab.export.test_heads import PADDED, RUNS_TORCH, Torch, export_of


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Export:
    return export_of("rtmdet-ins", "instance", tmp_path_factory.mktemp("masks"), spread=0.3, **PADDED)


def images_of(*shape: int) -> Tensor:
    return torch.randint(0, 256, (*shape, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_masks_are_those_that_mmdet_draws(
    export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "make", lambda component: Torch(export.module))
    agreement = export.write(RUNS_TORCH, tmp_path / "written")["agreement"]
    assert agreement["same_predictions"] >= 0.99
    assert agreement["compared"] > 10
    with torch.no_grad():
        masks = export.module(images_of(1, 72, 100))[3][0]
    drawn = (masks > 0).float().mean((1, 2))
    assert ((drawn > 0.01) & (drawn < 0.99)).sum() > 5


def test_a_graph_traced_on_one_size_draws_the_same_masks_on_another(export: Export) -> None:
    traced = export.graph.program.module()
    for images in (images_of(1, 160, 96), images_of(3, 72, 200)):
        with torch.no_grad():
            expected, found = export.module(images), traced(images)
        for ours, theirs in zip(expected, found, strict=True):
            torch.testing.assert_close(theirs, ours, rtol=1e-3, atol=1e-3)


def test_each_image_of_a_batch_has_its_own_masks(export: Export) -> None:
    images = images_of(2, 64, 96)
    with torch.no_grad():
        together = export.module(images)
        alone = [export.module(image[None]) for image in images]
    for output, parts in zip(together, zip(*alone, strict=True), strict=True):
        torch.testing.assert_close(output, torch.cat(parts), rtol=1e-3, atol=1e-3)


def test_where_nothing_is_found_all_places_are_empty(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export.module, "thresholds", export.module.thresholds | {"score_thr": 1.0})
    with torch.no_grad():
        boxes, scores, labels, masks = export.module(images_of(2, 64, 96))
    assert not boxes.any()
    assert not scores.any()
    assert (labels == -1).all()
    assert masks.shape == (2, 100, 8, 12)

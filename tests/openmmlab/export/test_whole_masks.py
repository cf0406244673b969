from __future__ import annotations

import pytest
import torch
from torch import Tensor

from segdet_kit.openmmlab.export.exporting import Export
from segdet_kit.openmmlab.export.whole_masks import _promising
from tests.openmmlab.export.test_heads import PADDED, export_of


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Export:
    return export_of("solov2", "instance", tmp_path_factory.mktemp("masks"), **PADDED)


def images_of(*shape: int) -> Tensor:
    return torch.randint(0, 256, (*shape, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_a_graph_traced_on_one_size_finds_the_same_on_another(export: Export) -> None:
    program = export.graph.program
    assert "aten.sort.stable" not in str(program.graph)  # ONNX has none
    for images in (images_of(1, 160, 96), images_of(3, 72, 200)):
        with torch.no_grad():
            expected, found = export.module(images), program.module()(images)
        torch.testing.assert_close(found[0], expected[0], rtol=1e-3, atol=1e-4)


def test_each_image_of_a_batch_has_its_own_objects(export: Export) -> None:
    images = export.graph.images[:, :64, :96]
    with torch.no_grad():
        together = export.module(images)[0]
        alone = [export.module(image[None])[0] for image in images]
    # A pixel that rounds to the other side of the threshold changes the score of its mask.
    assert (together - torch.cat(alone)).abs().mean() < 1e-3


def test_as_many_places_are_looked_at_as_the_image_with_most_has() -> None:
    scores = torch.tensor([[0.1, 0.7, 0.1, 0.9, 0.8], [0.1, 0.1, 0.6, 0.1, 0.0]])
    places = _promising(scores, 0.5)
    assert places.shape == (2, 3)
    assert places[0].tolist() == [3, 4, 1]
    assert places[1, 0] == 2
    assert _promising(scores, 1.0).shape == (2, 2)


def test_where_nothing_is_found_all_places_are_empty(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export.module, "thresholds", export.module.thresholds | {"score_thr": 1.0})
    with torch.no_grad():
        scores, labels, _ = export.module(images_of(2, 64, 96))
    assert not scores.any()
    assert (labels == -1).all()

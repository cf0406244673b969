"""Slices of one volume are put together before they are scored."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from segdet_medical.metric import Surface
from segdet_medical.surfaces import scores

CLASSES = ("background", "organ", "lesion")
SPACING = (4.0, 1.0, 2.0)


def samples(truth: np.ndarray, predicted: np.ndarray, name: str) -> list[dict]:
    return [
        {
            "gt_sem_seg": {"data": torch.from_numpy(truth[index])[None]},
            "pred_sem_seg": {"data": torch.from_numpy(predicted[index])[None]},
            **{
                "img_path": f"{name}.nii#axial-{index:04d}",
                "volume": name,
                "slice": index,
                "spacing": SPACING,
            },
        }
        for index in range(len(truth))
    ]


def evaluated(*given: dict, tolerance: float = 1.0) -> dict:
    metric = Surface(tolerance)
    metric.dataset_meta = {"classes": CLASSES}
    for sample in given:
        metric.process({}, [sample])
    return metric.evaluate(len(given))


@pytest.fixture
def maps() -> np.ndarray:
    """Truth and prediction of two volumes (2, 2, slices, rows, columns), uint8."""
    return np.random.default_rng(0).integers(0, 3, (2, 2, 4, 6, 5)).astype(np.uint8)


def test_volumes_are_scored_whole_in_any_order_of_their_slices(maps: np.ndarray) -> None:
    given = [each for number, pair in enumerate(maps) for each in samples(*pair, f"case{number}")]
    found = evaluated(*given[::-1])
    expected = [
        [scores(truth == label, predicted == label, SPACING, 1.0) for label in (1, 2)]
        for truth, predicted in maps
    ]
    means = np.mean(expected, axis=0)
    for label, name in enumerate(CLASSES[1:]):
        assert list(found["surface/per_class"][name].values()) == pytest.approx(means[label].tolist())
    assert found["surface/HD95"] == pytest.approx(means[:, 1].mean())
    assert "background" not in found["surface/per_class"]


def test_voxels_whose_truth_is_ignored_belong_to_no_class(maps: np.ndarray) -> None:
    truth, predicted = maps[0]
    ignored = truth.copy()
    ignored[1, 2:4] = 255
    assert evaluated(*samples(ignored, predicted, "a")) == evaluated(
        *samples(ignored, np.where(ignored == 255, 0, predicted).astype(np.uint8), "a")
    )


def test_an_image_of_no_volume_is_scored_by_itself_in_pixels(maps: np.ndarray) -> None:
    given = [
        {key: value for key, value in each.items() if key not in ("volume", "slice", "spacing")}
        for each in samples(*maps[0], "a")
    ]
    expected = [
        scores(truth == 1, predicted == 1, (1.0, 1.0), 1.0) for truth, predicted in maps[0].swapaxes(0, 1)
    ]
    found = evaluated(*given)["surface/per_class"]["organ"]
    assert list(found.values()) == pytest.approx(np.mean(expected, axis=0).tolist())

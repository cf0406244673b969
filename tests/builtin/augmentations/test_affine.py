"""Where shift, shear and affine send a point: by formulas of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from segdet_kit.builtin.augmentations.affine import Affine
from segdet_kit.builtin.augmentations.shear import Shear
from segdet_kit.builtin.augmentations.shift import Shift


def moved(transform: Any, height: int, width: int, x: float, y: float) -> tuple[float, float]:
    """Where a transform sends the point (x, y) of an image."""
    matrix, size = transform.draw({"img": np.zeros((height, width, 3), np.uint8)})
    assert size == (height, width)
    return tuple(matrix @ [x, y, 1])


@pytest.fixture
def highest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every draw is the greatest of its range."""
    monkeypatch.setattr(np.random, "uniform", lambda low, high, size=None: np.full(size or (), high)[()])


@pytest.mark.usefixtures("highest")
def test_a_shift_copies_pixels_and_labels_to_their_new_place(make_sample: Callable[..., Any]) -> None:
    sample = make_sample(40, 60, [(10, 10, 20, 15), (50, 30, 58, 38)])
    sample["img"] = image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    result = Shift(fraction=0.11, prob=1.0, fill=9)(sample)
    np.testing.assert_array_equal(result["img"][4:, 7:], image[:-4, :-7])
    assert (result["img"][:4] == 9).all()
    assert (result["img"][:, :7] == 9).all()
    assert (result["gt_seg_map"][:4] == 255).all()
    assert (result["gt_seg_map"][14:19, 17:27] == 1).all()
    assert result["gt_bboxes"].tensor.tolist() == [[17, 14, 27, 19], [57, 34, 60, 40]]


@pytest.mark.usefixtures("highest")
@pytest.mark.parametrize(("chance", "expected"), [(0.0, (40, 10)), (0.9, (30, -10 + 0.5 * 5))])
def test_a_shear_slants_about_the_centre(
    monkeypatch: pytest.MonkeyPatch, chance: float, expected: tuple[float, float]
) -> None:
    """By arctan 1/2, a point 20 above the centre of 60 x 50 goes 10 left, one 5 right of it goes down 2.5."""
    monkeypatch.setattr(np.random, "random", lambda: chance)
    degrees = np.degrees(np.arctan(0.5))
    if chance < 0.5:
        assert moved(Shear(degrees), 60, 50, 25, 10) == pytest.approx((25 - 10, 10))
    else:
        assert moved(Shear(degrees), 60, 50, 30, 30) == pytest.approx((30, 30 + 2.5))
    assert moved(Shear(degrees), 60, 50, 25, 30) == pytest.approx((25, 30))


@pytest.mark.usefixtures("highest")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"degrees": 90}, (50 - 10, 30 + 20)),
        ({"factor": (0.5, 2.0)}, (50 + 40, 30 + 20)),
        ({"shear": np.degrees(np.arctan(0.5))}, (50 + 20 + 5, 30 + 10)),
        ({"shift": 0.1}, (50 + 20 + 10, 30 + 10 + 6)),
        ({"degrees": 90, "factor": (1, 2), "shift": 0.1}, (50 - 20 + 10, 30 + 40 + 6)),
    ],
    ids=["turned", "scaled", "slanted", "moved", "all"],
)
def test_an_affine_map_sends_a_point_where_its_parts_say(
    arguments: dict[str, Any], expected: tuple[float, float]
) -> None:
    """A point 20 right of and 10 below the centre of an image 100 wide and 60 high."""
    still = {"degrees": 0, "factor": (1, 1), "shear": 0, "shift": 0}
    assert moved(Affine(**{**still, **arguments}), 60, 100, 70, 40) == pytest.approx(expected)

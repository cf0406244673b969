"""Slices lie in the patient as their plane says, whatever the order of a file's axes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nibabel.orientations import apply_orientation, inv_ornt_aff
from segdet_medical.geometry import PLANES, View, apart, directions_of

from segdet_kit.errors import DataError

RIGHT, FRONT, TOP = np.indices((4, 5, 6))
"""How far each voxel is to the patient's right, front and top."""
AFFINE = np.diag([1.0, 2.0, 3.0, 1.0])
ORDERS = st.permutations(range(3))
SIGNS = st.tuples(*[st.sampled_from([1, -1])] * 3)


def stored(voxels: np.ndarray, order: list[int], signs: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The same body in a file of another order and direction of axes, and its affine."""
    turn = np.column_stack([order, signs]).astype(float)
    return apply_orientation(voxels, turn), AFFINE @ inv_ornt_aff(turn, voxels.shape)


@given(order=ORDERS, signs=SIGNS)
def test_an_axial_slice_shows_the_front_above_and_the_right_on_the_left(
    order: list[int], signs: tuple[int, ...]
) -> None:
    right, affine = stored(RIGHT, order, signs)
    front, top = (stored(axis, order, signs)[0] for axis in (FRONT, TOP))
    view = View.of(right.shape, affine, PLANES["axial"])
    assert view.shape == (6, 5, 4)
    assert view.spacing == (3.0, 2.0, 1.0)
    for index in range(6):
        assert (view.cut(top, index) == index).all()
    assert view.cut(front, 0)[:, 0].tolist() == [4, 3, 2, 1, 0]
    assert view.cut(right, 0)[0].tolist() == [3, 2, 1, 0]


@given(order=ORDERS, signs=SIGNS, plane=st.sampled_from(list(PLANES)))
def test_arranged_voxels_are_the_slices_and_lie_where_their_affine_says(
    order: list[int], signs: tuple[int, ...], plane: str
) -> None:
    places = [stored(axis, order, signs) for axis in (RIGHT, FRONT, TOP)]
    view = View.of(places[0][0].shape, places[0][1], PLANES[plane])
    affine = view.affine(places[0][1])
    arranged = [view.arranged(voxels) for voxels, _ in places]
    for index in np.ndindex(*view.shape):
        expected = AFFINE @ [*(int(axis[index]) for axis in arranged), 1]
        assert np.allclose(affine @ [*index, 1], expected)
    for voxels, axis in zip((voxels for voxels, _ in places), arranged, strict=True):
        assert all((view.cut(voxels, index) == axis[index]).all() for index in range(view.shape[0]))


def test_coronal_and_sagittal_slices_have_the_head_above() -> None:
    for plane, across, columns in (("coronal", FRONT, RIGHT), ("sagittal", RIGHT, FRONT)):
        view = View.of((4, 5, 6), AFFINE, PLANES[plane])
        assert (view.cut(across, 1) == 1).all()
        assert view.cut(TOP, 0)[:, 0].tolist() == [5, 4, 3, 2, 1, 0]
        assert (np.diff(view.cut(columns, 0)[0]) == -1).all()


def test_an_oblique_volume_is_cut_in_the_nearest_plane() -> None:
    angle = np.radians(20)
    tilt = np.eye(4)
    tilt[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    view = View.of((4, 5, 6), tilt @ AFFINE, PLANES["axial"])
    assert view == View.of((4, 5, 6), AFFINE, PLANES["axial"])


def test_an_affine_that_loses_a_direction_is_refused() -> None:
    with pytest.raises(DataError, match="its affine takes several voxels to one place"):
        View.of((4, 5, 6), np.diag([1.0, 2.0, 0.0, 1.0]), PLANES["axial"])


def test_a_misspelt_plane_is_answered_with_those_that_exist() -> None:
    with pytest.raises(DataError, match="there is no plane 'axal'") as error:
        directions_of("axal")
    assert error.value.hint == "planes: axial, coronal, sagittal"


def test_grids_are_as_far_apart_as_their_farthest_corners() -> None:
    turned = AFFINE.copy()
    turned[0, 1] = 0.5
    turned[2, 3] = 2.0
    assert apart(AFFINE, turned, (4, 5, 6)) == pytest.approx(np.hypot(4 * 0.5, 2))

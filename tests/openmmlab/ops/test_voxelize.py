from __future__ import annotations

import math

import mmcv._ext as ext
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.ops import Voxelization, voxelization
from torch import Tensor

SIZE = (0.5, 1.0, 2.0)
RANGE = (-1.0, 0.0, 0.0, 2.0, 3.0, 4.0)

# Quarters are exact, and often lie on the border of a voxel.
POINT = st.tuples(st.integers(-6, 10), st.integers(-2, 14), st.integers(-2, 18)).map(
    lambda point: tuple(x / 4 for x in point)
)


def voxel(point: tuple[float, ...]) -> tuple[int, ...] | None:
    """z, y and x of the voxel around a point, if it is in range."""
    if not all(low <= x < high for x, low, high in zip(point, RANGE[:3], RANGE[3:], strict=True)):
        return None
    return tuple(math.floor((x - low) / size) for x, low, size in zip(point, RANGE[:3], SIZE, strict=True))[
        ::-1
    ]


def cloud(points: list[tuple[float, ...]], dtype: torch.dtype = torch.float32) -> Tensor:
    """The points, each with its number as a feature."""
    return torch.tensor([[*point, i] for i, point in enumerate(points)], dtype=dtype).view(-1, 4)


@settings(max_examples=60, deadline=None)
@given(points=st.lists(POINT, max_size=12))
def test_each_point_gets_the_coordinates_of_its_voxel(points):
    expected = [voxel(point) or (-1, -1, -1) for point in points]
    found = voxelization(cloud(points), SIZE, RANGE, -1, -1)
    assert found.equal(torch.tensor(expected, dtype=torch.int32).view(-1, 3))


@pytest.mark.parametrize("deterministic", [True, False])
@settings(max_examples=60, deadline=None)
@given(points=st.lists(POINT, max_size=30), most=st.integers(1, 4), many=st.integers(1, 8))
def test_voxels_and_their_points_come_as_the_points_do(deterministic: bool, points, most: int, many: int):
    gathered: dict[tuple[int, ...], list[int]] = {}
    for i, point in enumerate(points):
        cell = voxel(point)
        if cell is not None and (cell in gathered or len(gathered) < many):
            gathered.setdefault(cell, []).append(i)
    voxels, coors, counts = voxelization(cloud(points), SIZE, RANGE, most, many, deterministic)
    assert list(map(tuple, coors.tolist())) == list(gathered)
    assert counts.tolist() == [min(len(held), most) for held in gathered.values()]
    assert voxels.shape == (len(gathered), most, 4)
    for rows, count, held in zip(voxels, counts.tolist(), gathered.values(), strict=True):
        assert rows[:count].equal(cloud(points)[held[:most]])
        assert not rows[count:].any()


def test_the_module_bounds_the_voxels_apart_in_training_and_testing():
    points = cloud([(0, 0, 0), (0, 1, 0), (0, 2, 0)])
    module = Voxelization(SIZE, RANGE, 2, (1, 3))
    assert len(module(points)[0]) == 1
    assert len(module.eval()(points)[0]) == 3


def test_a_point_that_is_not_a_number_is_out_of_range():
    points = cloud([(math.nan, 1, 1), (0, math.inf, 1), (0, 1, 1)])
    assert voxelization(points, SIZE, RANGE, -1, -1).tolist() == [[-1] * 3, [-1] * 3, [0, 1, 2]]
    assert voxelization(points, SIZE, RANGE, 5, 5)[1].tolist() == [[0, 1, 2]]


def test_a_grid_that_does_not_divide_its_range_is_rounded():
    """Two and a half voxels along x are three, as C rounds."""
    points = cloud([(2.4, 0, 0), (2.6, 0, 0), (3.1, 0, 0)])
    found = voxelization(points, (1.0, 1.0, 1.0), (0.0, 0, 0, 2.5, 1, 1), -1, -1)
    assert found.tolist() == [[0, 0, 2], [0, 0, 2], [-1, -1, -1]]


def test_what_the_outputs_held_before_is_replaced():
    outputs = torch.full((2, 1, 4), 7.0), torch.full((2, 3), 7).int(), torch.full((2,), 7).int()
    number = torch.tensor(7)
    geometry = torch.tensor(SIZE), torch.tensor(RANGE)
    ext.hard_voxelize_forward(cloud([(0, 0, 0)]), *geometry, *outputs, number, 1, 2, 3, True)
    assert number == 1
    assert [output[1].any().item() for output in outputs] == [False, False, False]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_any_precision_and_strided_points_work(dtype: torch.dtype):
    points = cloud([(0, 0, 0), (0, 0, 1), (1, 2, 3)], dtype).T.contiguous().T
    voxels, coors, counts = voxelization(points, SIZE, RANGE, 2, 9)
    assert voxels.dtype == dtype
    assert coors.tolist() == [[0, 0, 2], [1, 2, 4]]
    assert counts.tolist() == [2, 1]
    assert voxels[:, :, 3].tolist() == [[0, 1], [2, 0]]

"""The layer of four sweeps: what it computes, and what each place sees."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from segdet_recurrent.context import REACH, RecurrentContext, sweep, swept
from torch import Tensor, nn

CHANNELS, HIDDEN = 6, 4


def layer(seed: int = 0) -> RecurrentContext:
    """A layer that has learned something: its last weights are no longer 0."""
    torch.manual_seed(seed)
    context = RecurrentContext(CHANNELS, HIDDEN)
    nn.init.normal_(context.restore.weight)
    nn.init.normal_(context.restore.bias)
    return context


def test_a_new_layer_changes_nothing():
    maps = torch.randn(2, CHANNELS, 5, 3)
    assert torch.equal(RecurrentContext(CHANNELS, HIDDEN)(maps), maps)


def test_each_corner_depends_on_every_place():
    maps = torch.randn(1, CHANNELS, 4, 5, requires_grad=True)
    out = layer()(maps) - maps
    for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        (gradient,) = torch.autograd.grad(out[..., row, column].sum(), maps, retain_graph=True)
        assert gradient.abs().sum(1).gt(0).all()


@pytest.mark.parametrize("direction", ["", "_reverse"])
@pytest.mark.parametrize("axis", ["rows", "columns"])
def test_without_one_direction_a_corner_no_longer_sees_that_side(axis: str, direction: str):
    """So each of the four sweeps brings what no other brings."""
    context = layer()
    halves = {"": slice(0, HIDDEN), "_reverse": slice(HIDDEN, None)}
    reader = context.columns.weight_ih_l0 if axis == "rows" else context.restore.weight
    with torch.no_grad():
        reader[:, halves[direction]] = 0
        if axis == "rows":
            context.columns.weight_ih_l0_reverse[:, halves[direction]] = 0
    maps = torch.randn(1, CHANNELS, 4, 4, requires_grad=True)
    # A forward sweep alone brings the start of its line to the end; without it, the end sees itself only.
    place = -1 if direction == "" else 0
    out = (context(maps) - maps)[..., place, place].sum()
    (gradient,) = torch.autograd.grad(out, maps)
    seen = gradient.abs().sum((0, 1)).gt(0).any(0 if axis == "rows" else 1)
    assert seen.tolist() == [index == place % 4 for index in range(4)]


@settings(max_examples=15, deadline=None)
@given(height=st.integers(1, 5), width=st.integers(1, 5), seed=st.integers(0, 9))
def test_it_equals_a_loop_over_places_for_any_height_and_width(height: int, width: int, seed: int):
    context = layer(seed)
    maps = torch.randn(2, CHANNELS, height, width)
    with torch.no_grad():
        torch.testing.assert_close(context(maps), looped(context, maps))


def looped(context: RecurrentContext, maps: Tensor) -> Tensor:
    """The layer place by place, as the paper writes it."""
    _, _, height, width = maps.shape
    out = maps.clone()
    for image in range(len(maps)):
        grid = {
            (y, x): context.reduce.weight @ maps[image, :, y, x] + context.reduce.bias
            for y in range(height)
            for x in range(width)
        }
        rows = [[(y, x) for x in range(width)] for y in range(height)]
        columns = [[(y, x) for y in range(height)] for x in range(width)]
        for gru, lines in ((context.rows, rows), (context.columns, columns)):
            found = {}
            for line in lines:
                onwards = run(gru, "", [grid[place] for place in line])
                back = run(gru, "_reverse", [grid[place] for place in reversed(line)])[::-1]
                for place, *both in zip(line, onwards, back, strict=True):
                    found[place] = torch.cat(both)
            grid = found
        for (y, x), state in grid.items():
            out[image, :, y, x] += context.restore.weight @ state + context.restore.bias
    return out


def run(gru: nn.GRU, direction: str, inputs: list[Tensor]) -> list[Tensor]:
    """Cho et al. 2014, with torch's bias inside of the reset gate."""
    weights = [
        getattr(gru, f"{name}_l0{direction}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]
    state, states = torch.zeros(HIDDEN), []
    for value in inputs:
        from_input = (weights[0] @ value + weights[2]).chunk(3)
        from_state = (weights[1] @ state + weights[3]).chunk(3)
        reset, update = (torch.sigmoid(from_input[i] + from_state[i]) for i in (0, 1))
        new = torch.tanh(from_input[2] + reset * from_state[2])
        states.append(state := (1 - update) * new + update * state)
    return states


@pytest.mark.parametrize(("axis", "side"), [("rows", 3), ("columns", 2)])
def test_a_flipped_map_comes_out_flipped_when_the_directions_change_places(axis: str, side: int):
    context, mirrored = layer(), layer()
    state = context.state_dict()
    for name in list(state):
        if name.startswith(axis):
            other = name.removesuffix("_reverse") if name.endswith("_reverse") else f"{name}_reverse"
            state[name] = context.state_dict()[other]
        reads_axis = name.startswith("columns.weight_ih") if axis == "rows" else name == "restore.weight"
        if reads_axis:
            state[name] = state[name].roll(HIDDEN, 1)
    mirrored.load_state_dict(state)
    maps = torch.randn(2, CHANNELS, 3, 4)
    with torch.no_grad():
        torch.testing.assert_close(mirrored(maps.flip(side)), context(maps).flip(side))
        assert not torch.allclose(context(maps.flip(side)), context(maps).flip(side))


def test_it_learns_in_bfloat16_and_in_any_memory_format():
    context, maps = layer(), torch.randn(2, CHANNELS, 5, 3)
    expected = context(maps)
    torch.testing.assert_close(context(maps.to(memory_format=torch.channels_last)), expected)
    with torch.autocast("cpu", torch.bfloat16):
        out = context(maps)
    torch.testing.assert_close(out.float(), expected, atol=0.05, rtol=0.05)
    out.float().square().sum().backward()
    assert all(
        weights.grad is not None and weights.grad.isfinite().all() and weights.grad.any()
        for weights in context.parameters()
    )


def test_a_new_sweep_remembers_what_torchs_own_has_forgotten():
    torch.manual_seed(0)
    line = torch.randn(1, 1, REACH, CHANNELS, requires_grad=True)
    reached = []
    for gru in (sweep(CHANNELS, 64), nn.GRU(CHANNELS, 64, batch_first=True, bidirectional=True)):
        (gradient,) = torch.autograd.grad(swept(gru, line)[0, 0, -1, :64].square().sum(), line)
        reached.append(gradient[0, 0, 0].norm() / gradient[0, 0, -1].norm())
    assert reached[0] > 0.01
    assert reached[1] < 1e-6

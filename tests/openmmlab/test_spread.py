from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from segdet_kit.openmmlab.spread import spread


@given(st.integers(0, 500), st.integers(1, 60))
def test_as_many_positions_as_can_be_lie_evenly_over_all(length: int, most: int) -> None:
    chosen = spread(length, most)
    assert len(chosen) == min(length, most)
    assert chosen == sorted(set(chosen))
    assert all(0 <= position < length for position in chosen)
    gaps = {after - before for before, after in pairwise(chosen)}
    assert not gaps or max(gaps) - min(gaps) <= 1

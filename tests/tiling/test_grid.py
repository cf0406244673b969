from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdet_kit.errors import KitError
from segdet_kit.tiling.grid import Tiling


@given(st.integers(1, 3000), st.integers(1, 600), st.data())
def test_tiles_lie_in_the_image_and_decide_each_pixel_once(size: int, side: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, side - 1))
    spans = Tiling(side, overlap).spans(size)
    assert all(span.end - span.start == min(side, size) for span in spans)
    assert all(0 <= span.start <= span.first <= span.until <= span.end <= size for span in spans)
    assert [span.first for span in spans] == [0, *(span.until for span in spans[:-1])]
    assert spans[-1].until == size
    for before, after in pairwise(spans):
        shared = before.end - after.start
        assert shared >= overlap
        assert before.end - before.until >= shared // 2, "a seam is as far from both edges"


def test_tiles_decide_up_to_the_middle_of_what_they_share() -> None:
    first, second, last = Tiling(100, 20).spans(230)
    assert [(span.start, span.end) for span in (first, second, last)] == [(0, 100), (80, 180), (130, 230)]
    assert [(span.first, span.until) for span in (first, second, last)] == [(0, 90), (90, 155), (155, 230)]
    assert second.core == slice(10, 75)


@pytest.mark.parametrize("overlap", [64, 100, -1])
def test_an_overlap_that_leaves_nothing_is_refused(overlap: int) -> None:
    with pytest.raises(KitError, match=f"--overlap {overlap} is not less than --tile 64"):
        Tiling(64, overlap)

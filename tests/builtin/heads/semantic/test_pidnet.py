from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mmseg.datasets.transforms import GenerateEdge

from segdet_kit.builtin.heads.semantic.pidnet import EDGE_WIDTH, edges

MAPS = arrays(
    np.uint8, st.tuples(st.integers(8, 20), st.integers(8, 20)), elements=st.sampled_from([0, 1, 255])
)


@given(MAPS)
def test_edges_are_those_that_mmsegs_transform_draws(labels: np.ndarray) -> None:
    drawn = GenerateEdge(edge_width=EDGE_WIDTH).transform({"img_shape": labels.shape, "gt_seg_map": labels})
    found = edges(torch.from_numpy(labels)[None, None].long())[0, 0].numpy()
    np.testing.assert_array_equal(found, drawn["gt_edge_map"])


def test_an_edge_has_two_sides_and_ignored_pixels_have_none() -> None:
    labels = torch.zeros(1, 1, 9, 12, dtype=torch.long)
    labels[..., 6:] = 1
    assert edges(labels)[0, 0, 4].tolist() == [0] * 4 + [1] * 5 + [0] * 3
    labels[..., 5:7] = 255
    assert not edges(labels).any()

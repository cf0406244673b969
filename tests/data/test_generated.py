from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as reference

from segdet_kit.data.generated import run_lengths

# pycocotools 2.0 decodes masks by a protocol that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@given(arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_run_lengths_decode_to_the_mask(mask: np.ndarray) -> None:
    encoded = {"size": list(mask.shape), "counts": run_lengths(mask)}
    decoded = reference.decode(reference.frPyObjects(encoded, *mask.shape))
    np.testing.assert_array_equal(decoded.astype(bool), mask)

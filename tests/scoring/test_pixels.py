from __future__ import annotations

import numpy as np
import pytest

from segdet_kit.errors import DataError
from segdet_kit.scoring.pixels import confusion


def test_truth_is_counted_by_rows_and_what_is_ignored_not_at_all():
    truth, predicted = np.array([[0, 0, 1, 255]]), np.array([[0, 1, 1, 0]])
    assert confusion(truth, predicted, 2).tolist() == [[1, 1], [0, 1]]


def test_truth_that_is_no_class_is_told():
    with pytest.raises(DataError, match="a label map holds 7, and the 2 classes end at 1"):
        confusion(np.array([[0, 7]]), np.array([[0, 0]]), 2)

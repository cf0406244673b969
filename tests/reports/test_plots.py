from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from segdet_kit.reports.plots import confusion_plot


@pytest.mark.parametrize("names", [["a", "b"], ["disk", "square", "triangle", "star", "background"]])
def test_no_label_of_a_confusion_matrix_is_cut_off(names: list[str]) -> None:
    counts = np.eye(len(names), dtype=np.int64)
    pixels = np.asarray(Image.open(io.BytesIO(confusion_plot(counts, names, "Objects"))).convert("L"))
    border = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    assert all((side == 255).all() for side in border)

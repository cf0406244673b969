"""A page of test images: what is there beside what the model sees."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from segdet_kit.reports.overlay import overlay, resized
from segdet_kit.reports.palette import colours, is_coloured
from segdet_kit.results import IGNORED, Detections, Example, LabelMap, Result

SIDE = 400
"""The longer side of each picture, in pixels."""
PAIRS_PER_ROW = 2
INCHES = 2.6


def contact_sheet(examples: Sequence[Example], classes: Sequence[str], title: str, score: float) -> bytes:
    """Return a PNG of the examples in pairs, label and prediction, with a legend of the classes on it.

    Predicted objects below ``score`` are left out.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    columns = 2 * min(PAIRS_PER_ROW, len(examples))
    rows = -(-2 * len(examples) // columns)
    figure = Figure(figsize=(INCHES * columns, INCHES * rows + 0.9), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, weight="bold")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes:
        ax.set_axis_off()
    shown: set[int] = set()
    for index, example in enumerate(examples):
        predicted = example.prediction
        if isinstance(predicted, Detections):
            predicted = predicted.scored_at_least(score)
        _panel(axes[2 * index], example, example.truth, f"{example.name}: label", classes)
        _panel(axes[2 * index + 1], example, predicted, "prediction", classes)
        shown |= _labels_in(example.truth) | _labels_in(predicted)
    palette = colours(classes)
    patches = [
        Patch(color="#{:02x}{:02x}{:02x}".format(*palette[label]), label=classes[label])
        for label in sorted(shown)
        if is_coloured(classes[label])
    ]
    if patches:
        figure.legend(handles=patches, loc="outside lower center", ncols=min(8, len(patches)), frameon=False)
    png = io.BytesIO()
    figure.savefig(png, format="png")
    return png.getvalue()


def _panel(ax: Any, example: Example, result: Result, title: str, classes: Sequence[str]) -> None:
    image, scaled = resized(example.image, result, SIDE)
    ax.imshow(overlay(image, scaled, classes, names=False))
    ax.set_title(title, fontsize=8)


def _labels_in(result: Result) -> set[int]:
    if isinstance(result, LabelMap):
        return set(np.unique(result.labels).tolist()) - {IGNORED}
    return set(result.labels.tolist())

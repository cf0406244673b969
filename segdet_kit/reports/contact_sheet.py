"""A page of images with their labels, or of what is there beside what a model sees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segdet_kit.reports.figure import as_png, new_figure
from segdet_kit.reports.overlay import overlay, resized
from segdet_kit.reports.palette import colours, is_coloured
from segdet_kit.results import IGNORED, Detections, Example, LabelMap, Panel, Result

SIDE = 400
"""The longer side of each picture, in pixels."""
PAIRS_PER_ROW = 2
INCHES, TITLE_INCHES = 2.6, 0.2
TITLE_LENGTH = 36
"""Characters that fit above a picture."""


def contact_sheet(
    examples: Sequence[Example], classes: Sequence[str], title: str, score: float, *, unit: str = ""
) -> bytes:
    """Return a PNG of the examples in pairs, label and prediction, with a legend of the classes on it.

    Predicted objects below ``score`` are left out. ``unit``: what the score is that an example has.
    """
    panels = []
    for example in examples:
        predicted = example.prediction
        if isinstance(predicted, Detections):
            predicted = predicted.scored_at_least(score)
        panels.append(Panel(f"{example.name}: label", example.image, example.truth))
        said = "prediction" if example.score is None else f"prediction: {unit} {example.score:.3f}"
        panels.append(Panel(said, example.image, predicted))
    return panel_sheet(panels, classes, title, columns=2 * min(PAIRS_PER_ROW, len(examples)))


def panel_sheet(
    panels: Sequence[Panel], classes: Sequence[str], title: str, *, columns: int, names: bool = False
) -> bytes:
    """Return a PNG of the panels in rows of ``columns``, with a legend of the classes on them.

    ``names``: write the classes on the images too.
    """
    from matplotlib.patches import Patch

    rows = -(-len(panels) // columns)
    tallest = max(min(1.0, panel.image.shape[0] / panel.image.shape[1]) for panel in panels)
    height = rows * (INCHES * tallest + TITLE_INCHES) + 0.9
    figure = new_figure(INCHES * columns, height, dpi=150)
    figure.suptitle(title, weight="bold")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes:
        ax.set_axis_off()
    for ax, panel in zip(axes, panels, strict=False):
        image, scaled = resized(panel.image, panel.result, SIDE)
        ax.imshow(overlay(image, scaled, classes, names=names))
        ax.set_title(_fitting(panel.name), fontsize=8)
    shown = set[int]().union(*(_labels_in(panel.result) for panel in panels))
    palette = colours(classes)
    patches = [
        Patch(color="#{:02x}{:02x}{:02x}".format(*palette[label]), label=classes[label])
        for label in sorted(shown)
        if is_coloured(classes[label])
    ]
    if patches:
        figure.legend(handles=patches, loc="outside lower center", ncols=min(8, len(patches)), frameon=False)
    return as_png(figure)


def _fitting(title: str) -> str:
    """Return the title, without its middle where it is too long to stand above one picture."""
    if len(title) <= TITLE_LENGTH:
        return title
    half = TITLE_LENGTH // 2
    return f"{title[: half - 1]}…{title[-half:]}"


def _labels_in(result: Result) -> set[int]:
    if isinstance(result, LabelMap):
        return set(np.unique(result.labels).tolist()) - {IGNORED}
    return set(result.labels.tolist())

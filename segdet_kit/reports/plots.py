"""Pictures of scores: the confusion matrix, and curves over recall and over the score threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from segdet_kit.reports.figure import as_png, new_figure
from segdet_kit.reports.palette import colours
from segdet_kit.scoring.counts import divide, mean_known
from segdet_kit.scoring.matching import Matches
from segdet_kit.scoring.objects import Ranking

THRESHOLDS = np.linspace(0, 1, 201)
WRITTEN = 20
"""Up to so many classes, numbers are written into the cells, and each class has a name in the legend."""


def confusion_plot(counts: npt.NDArray[np.int64], names: Sequence[str], title: str) -> bytes:
    """Return a PNG of a confusion matrix. A cell shows its share of its row: of what is truly there.

    ``counts``: (N, N), rows are the truth. ``names``: (N,).
    """
    shares = divide(counts, counts.sum(axis=1, keepdims=True))
    size = min(14.0, 3.2 + 0.55 * len(names))
    figure = new_figure(size + 0.8, size)
    figure.set_layout_engine("compressed")  # the other misjudges what stands beside square axes
    axes = figure.subplots()
    shown = axes.imshow(np.nan_to_num(shares), cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(shown, ax=axes, label="share of the truth", fraction=0.046)
    places = range(len(names))
    axes.set_xticks(places, names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(places, names)
    axes.set_xlabel("predicted")
    axes.set_ylabel("truth")
    axes.set_title(title, loc="left", weight="bold", fontsize="medium")
    if len(names) <= WRITTEN:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                dark = shares[row, column] > 0.5
                axes.text(
                    column, row, _short(int(count)), ha="center", va="center", fontsize="small",
                    color="white" if dark else "black",
                )  # fmt: skip
    return as_png(figure)


def precision_recall_plot(matched: Sequence[Matches], classes: Sequence[str]) -> bytes:
    """Return a PNG of precision over recall at an IoU of 0.5: each class, with its AP50, and their mean."""
    figure = new_figure(7.5, 5)
    axes = figure.subplots()
    recalls = np.linspace(0, 1, 101)
    read = []
    for label, (name, colour) in enumerate(zip(classes, _hex(classes), strict=True)):
        ranking = Ranking(matched, label)
        if not ranking.truths.sum():
            continue
        recall, precision = (curve[0] for curve in ranking.curves())
        falling = np.append(np.maximum.accumulate(np.nan_to_num(precision)[::-1])[::-1], 0)
        read.append(falling[np.searchsorted(recall, recalls)])
        axes.plot(recalls, read[-1], color=colour, linewidth=1.3, label=f"{name}  {read[-1].mean():.3f}")
    if read:
        mean = np.mean(read, axis=0)
        axes.plot(recalls, mean, color="black", linewidth=2.4, label=f"mean  {mean.mean():.3f}")
    return _finished(figure, axes, "recall", "precision", "Precision and recall, IoU 0.5", classes, "AP50")


def f1_plot(matched: Sequence[Matches], classes: Sequence[str]) -> bytes:
    """Return a PNG of F1 over the score threshold at an IoU of 0.5: classes, and their mean."""
    figure = new_figure(7.5, 5)
    axes = figure.subplots()
    curves = [Ranking(matched, label).f1(THRESHOLDS) for label in range(len(classes))]
    for name, colour, curve in zip(classes, _hex(classes), curves, strict=True):
        axes.plot(THRESHOLDS, curve, color=colour, linewidth=1.3, label=name)
    mean = mean_known(np.stack(curves), axis=0)
    best = int(np.nan_to_num(mean).argmax())
    label = f"mean, best {np.nan_to_num(mean)[best]:.3f} at {THRESHOLDS[best]:.2f}"
    axes.plot(THRESHOLDS, mean, color="black", linewidth=2.4, label=label)
    return _finished(figure, axes, "score threshold", "F1", "F1 over the score threshold, IoU 0.5", classes)


def _finished(
    figure: Any, axes: Any, x: str, y: str, title: str, classes: Sequence[str], legend: str | None = None
) -> bytes:
    axes.set(xlabel=x, ylabel=y, xlim=(0, 1), ylim=(0, 1.02))
    axes.set_title(title, loc="left", weight="bold", fontsize="medium")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    if len(classes) > WRITTEN:
        handles, labels = handles[-1:], labels[-1:]
    if handles:
        figure.legend(
            handles, labels, loc="outside right upper", frameon=False, fontsize="small", title=legend
        )
    return as_png(figure)


def _hex(classes: Sequence[str]) -> list[str]:
    return ["#{:02x}{:02x}{:02x}".format(*colour) for colour in colours(classes)]


def _short(count: int) -> str:
    """At most five characters: 9999, 12k, 3.4M."""
    for size, letter in ((1_000_000, "M"), (10_000, "k")):
        if count >= size:
            unit = 1000 if letter == "k" else size
            return f"{count / unit:.3g}{letter}"
    return str(count)

"""A picture of a training: its losses and its validation metrics over the iterations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from segdet_kit.files import written_whole

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, which colour-blind readers can tell apart."""


def draw(records: Sequence[dict[str, Any]], path: Path) -> None:
    """Write a PNG of the lines of ``metrics.jsonl``. Numbers that are missing leave a gap."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    training = [record for record in records if "loss" in record]
    validations = [record for record in records if record.get("val")]
    if not training:
        return
    figure = Figure(figsize=(11, 4.2), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    losses, scores = figure.subplots(1, 2) if validations else (figure.subplots(1, 1), None)
    names = [name for name in training[-1] if "loss" in name]
    if len(names) == 2:
        names = ["loss"]  # the only part is the whole
    _lines(losses, [(record["step"], record) for record in training], names)
    losses.set_title("Training losses", loc="left", weight="bold")
    if all((record.get(name) or 0) >= 0 for record in training for name in names):
        losses.set_ylim(0, losses.get_ylim()[1])
    if scores is not None:
        names = [name for name in validations[-1]["val"] if _is_known(validations, name)]
        _lines(scores, [(record["step"], record["val"]) for record in validations], names, marker="o")
        scores.set_title("Validation", loc="left", weight="bold")
    with written_whole(path) as aside:
        figure.savefig(aside, format="png")


def _lines(
    axes: Any, points: Sequence[tuple[int, dict[str, Any]]], names: Sequence[str], **style: Any
) -> None:
    from matplotlib.ticker import MaxNLocator

    steps = [step for step, _ in points]
    for index, name in enumerate(names):
        values = [float("nan") if (value := row.get(name)) is None else value for _, row in points]
        axes.plot(
            steps,
            values,
            label=name,
            color=COLOURS[index % len(COLOURS)],
            linestyle=("-", "--", ":", "-.")[index // len(COLOURS) % 4],
            linewidth=2.2 if index == 0 else 1.4,
            markersize=4,
            **style,
        )
    axes.set_xlabel("iteration")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.margins(y=0.1)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    if len(names) <= 2 * len(COLOURS):
        axes.legend(frameon=False, fontsize="small", ncols=1 + (len(names) > len(COLOURS)))


def _is_known(validations: Sequence[dict[str, Any]], name: str) -> bool:
    """Tell whether there is a curve: COCO's metrics say -1 or nothing where no object has a size."""
    values = [record["val"].get(name) for record in validations]
    return any(value is not None and value >= 0 for value in values)

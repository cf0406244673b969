"""Pictures of a benchmark: a row for each target, from the top in the order of the document."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from segdet_kit.benchmark.document import Comparison, Target
from segdet_kit.benchmark.pages.wording import MIB, number
from segdet_kit.reports.figure import as_png, new_figure
from segdet_kit.reports.palette import GREY, OKABE_ITO, RGB, colours

WIDTH = 9.0
LETTERS = 34
"""After so many letters a target's name goes on in the next line."""


def _hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


ORANGE, _, GREEN, _, BLUE, RED, _ = map(_hex, OKABE_ITO)
OTHER = "#c4cad0"
MARKERS = "osD^vP*X"
VERDICTS = {"faster": GREEN, "slower": RED, "no difference shown": _hex(GREY)}


def ratio_plot(comparisons: Sequence[Comparison]) -> bytes:
    """Return a PNG of ratios of speed with their intervals and verdicts; 1 is the baseline's speed."""
    figure, axes = _rows([comparison["target"] for comparison in comparisons])
    axes.axvline(1, color="black", linewidth=1)
    for row, each in enumerate(comparisons):
        colour = VERDICTS[each["verdict"]]
        axes.plot([each["low"], each["high"]], [row, row], color=colour, linewidth=3, solid_capstyle="butt")
        axes.plot(each["ratio"], row, "o", color=colour, markersize=8)
        text = f"{each['ratio']:.2f}×  {each['verdict']}"
        axes.annotate(
            text, (1.02, row), xycoords=("axes fraction", "data"), va="center", annotation_clip=False
        )
    axes.margins(x=0.08)
    axes.set_xlabel("times the baseline's images per second")
    return as_png(figure)


def latency_plot(targets: Sequence[Target]) -> bytes:
    """Return a PNG of the percentiles of a step."""
    figure, axes = _rows([target["name"] for target in targets])
    for row, target in enumerate(targets):
        values = list(target["latency_ms"].values())
        axes.plot([values[0], values[-1]], [row, row], color=OTHER, linewidth=3, zorder=1)
    for key, marker, colour in (("p50", "o", BLUE), ("p95", "D", ORANGE), ("p99", "s", RED)):
        values = [target["latency_ms"][key] for target in targets]  # type: ignore[literal-required]
        axes.plot(values, range(len(targets)), marker, color=colour, markersize=7, label=key)
    axes.set_xlim(left=0)
    axes.set_xlabel("ms a step")
    return _with_legend(figure, axes)


def stage_plot(targets: Sequence[Target]) -> bytes:
    """Return a PNG of the medians of the stages, one after the other, and what is left of the step's."""
    figure, axes = _rows([target["name"] for target in targets])
    stages = list(dict.fromkeys(stage for target in targets for stage in target["stages"]))
    ends = [0.0] * len(targets)
    for stage, colour in zip(stages, colours(stages), strict=True):
        widths = [target["stages"][stage]["p50"] if stage in target["stages"] else 0.0 for target in targets]
        axes.barh(range(len(targets)), widths, 0.6, left=ends, color=_hex(colour), label=stage)
        ends = [end + width for end, width in zip(ends, widths, strict=True)]
    rest = [max(0.0, target["latency_ms"]["p50"] - end) for target, end in zip(targets, ends, strict=True)]
    axes.barh(range(len(targets)), rest, 0.6, left=ends, color=OTHER, label="other")
    axes.set_xlabel("ms a step")
    return _with_legend(figure, axes)


def memory_plot(targets: Sequence[Target]) -> bytes:
    """Return a PNG of the peaks of memory on the host and, where there is one, on the device."""
    figure, axes = _rows([target["name"] for target in targets])
    peaks = {"host": [target["memory"]["host_peak"] for target in targets]}
    if any(target["memory"]["device_peak"] for target in targets):
        peaks["device"] = [target["memory"]["device_peak"] or 0 for target in targets]
    thick = 0.6 / len(peaks)
    for place, (name, values) in enumerate(peaks.items()):
        rows = [row + (place - (len(peaks) - 1) / 2) * thick for row in range(len(targets))]
        widths = [value / MIB for value in values]
        bars = axes.barh(rows, widths, thick, color=(BLUE, ORANGE)[place], label=name)
        axes.bar_label(bars, [number(value, MIB) if value else "" for value in values], padding=4)
    axes.margins(x=0.12)
    axes.set_xlabel("peak memory, MiB")
    return _with_legend(figure, axes)


def accuracy_plot(targets: Sequence[Target], score: str) -> bytes:
    """Return a PNG of a score over images per second: up and to the right is better."""
    figure = new_figure(WIDTH, 4.5)
    axes = figure.subplots()
    names = [target["name"] for target in targets]
    for row, (target, colour) in enumerate(zip(targets, colours(names), strict=True)):
        axes.plot(
            target["images_per_second"], target["facts"]["accuracy"][score], MARKERS[row % len(MARKERS)],
            color=_hex(colour), markersize=10, label=_wrapped(names[row]),
        )  # fmt: skip
    axes.margins(0.12)
    axes.set_xlim(left=0)
    axes.set(xlabel="images per second", ylabel=score)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return _with_legend(figure, axes)


def _rows(names: Sequence[str]) -> tuple[Any, Any]:
    """Return a figure and axes with a row for each name, the first on top."""
    labels = [_wrapped(name) for name in names]
    lines = sum(max(2.2, 1.2 + label.count("\n") + 1) for label in labels)
    figure = new_figure(WIDTH, 0.9 + 0.19 * lines)
    axes = figure.subplots()
    axes.set_yticks(range(len(names)), labels)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(axis="x", alpha=0.25)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _wrapped(name: str) -> str:
    """Return a name in lines, with nothing in it that matplotlib takes for mathematics."""
    return "\n".join(textwrap.wrap(name, LETTERS)).replace("$", r"\$")


def _with_legend(figure: Any, axes: Any) -> bytes:
    handles, labels = axes.get_legend_handles_labels()
    if len(handles) > 1:
        figure.legend(handles, labels, loc="outside right upper", frameon=False)
    return as_png(figure)

"""Scores as a table: text for the eye, CSV for other programs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Scores = Mapping[str, float]


def score_table(per_class: Mapping[str, Scores], overall: Scores) -> str:
    """Return a line for each class, then one for each overall value, with four decimals.

    What is not a number, such as a precision of what was never predicted, shows as a dash.
    """
    names = list(dict.fromkeys(name for scores in per_class.values() for name in scores))
    rows = [
        [label, *(_number(scores.get(name, math.nan)) for name in names)]
        for label, scores in per_class.items()
    ]
    lines = [*aligned([["class", *names], *rows]), ""] if names else []
    return "\n".join(lines + aligned([[name, _number(value)] for name, value in overall.items()]))


def score_csv(per_class: Mapping[str, Scores], overall: Scores) -> str:
    """Return CSV with the columns class, metric and value; the class is empty for overall values."""
    import pandas as pd

    rows = [("", name, value) for name, value in overall.items()]
    rows += [(label, name, value) for label, scores in per_class.items() for name, value in scores.items()]
    return str(pd.DataFrame(rows, columns=["class", "metric", "value"]).to_csv(index=False))


def finite(values: Scores) -> dict[str, float | None]:
    """Return the same for JSON, which has no NaN: None."""
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def _number(value: float) -> str:
    return f"{value:.4f}" if math.isfinite(value) else "-"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines of columns: names to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]

"""Pictures that matplotlib draws: no window, no state that outlives them."""

from __future__ import annotations

import io
from typing import Any

DPI = 130


def new_figure(width: float, height: float, dpi: int = DPI) -> Any:
    """Return an empty ``matplotlib.figure.Figure`` of so many inches that makes room for what is written."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def as_png(figure: Any) -> bytes:
    """Return the figure as a PNG."""
    png = io.BytesIO()
    figure.savefig(png, format="png")
    return png.getvalue()

"""What people read of a benchmark: tables, a page with plots, and two benchmarks side by side."""

from __future__ import annotations

from segdet_kit.benchmark.pages.side_by_side import compare
from segdet_kit.benchmark.pages.tables import csv, markdown
from segdet_kit.benchmark.pages.webpage import html

__all__ = ["compare", "csv", "html", "markdown"]

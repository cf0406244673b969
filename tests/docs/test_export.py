"""The page on export has a row for each head and a column for each format of the kit."""

from __future__ import annotations

import re
import runpy

from segdet_kit.builtin.heads import register_heads
from tests.docs.pages import ROOT, section

PAGE = "docs/export.md"


def test_every_head_has_a_row_for_each_of_its_tasks() -> None:
    rows = re.findall(r"^\| `([\w.-]+)` \| (\w+) \|", section(PAGE, "## Which heads"), re.MULTILINE)
    assert sorted(rows) == sorted((head.name, task) for head in register_heads() for task in head.tasks)


def test_every_format_that_runs_on_a_cpu_has_a_column_that_says_which_sizes_or_why_not() -> None:
    table = [line for line in section(PAGE, "## Which heads").splitlines() if line.startswith("| ")]
    columns = table[0].strip("| ").split(" | ")
    tool = runpy.run_path(str(ROOT / "tools" / "export_table.py"))
    assert columns == ["head", "task", *(exporter.name for exporter in tool["exporters"]())]
    for row in table[1:]:
        cells = row.strip("| ").split(" | ")
        assert all(re.match("any size$|one size$|not tried$|no: .+", cell) for cell in cells[2:]), row

"""The page on export has a row for each head and a column for each format of the kit."""

from __future__ import annotations

import re

from segdet_kit.builtin.exporters import register_exporters
from segdet_kit.builtin.heads import register_heads
from segdet_kit.builtin.runtimes import register_runtimes
from tests.docs.pages import section

PAGE = "docs/export.md"


def test_every_head_has_a_row_for_each_of_its_tasks() -> None:
    rows = re.findall(r"^\| `([\w.-]+)` \| (\w+) \|", section(PAGE, "## Which heads"), re.MULTILINE)
    assert sorted(rows) == sorted((head.name, task) for head in register_heads() for task in head.tasks)


def test_every_format_that_runs_on_a_cpu_has_a_column_that_says_which_sizes_or_why_not() -> None:
    table = [line for line in section(PAGE, "## Which heads").splitlines() if line.startswith("| ")]
    columns = table[0].strip("| ").split(" | ")
    runs_here = {runtime.name for runtime in register_runtimes() if "cpu" in runtime.devices}
    formats = [exporter.name for exporter in register_exporters() if exporter.runtime in runs_here]
    assert columns == ["head", "task", *formats]
    for row in table[1:]:
        cells = row.strip("| ").split(" | ")
        assert all(re.match("any size$|one size$|not tried$|no: .+", cell) for cell in cells[2:]), row

"""The page on checking data lists what can be found, as bad as it is, and what is printed for real data."""

from __future__ import annotations

import re
from pathlib import Path

from segdet_kit.commands.data_check import BEFORE_TRAINING, data_check
from segdet_kit.data_check.findings import FAULTS, SEVERITIES
from tests.docs.pages import ROOT, read, rows, section

PAGE = "docs/data-check.md"


def test_every_finding_is_explained_with_its_severity_and_in_order() -> None:
    severities, findings = [], []
    for name, *rest in rows(section(PAGE, "## What it finds")):
        (severities if len(rest) == 1 else findings).append((name.strip("`"), rest[0]))
    assert findings == [(code, fault.severity) for code, fault in FAULTS.items()]
    assert [name for name, _ in severities] == list(SEVERITIES)
    order = [SEVERITIES.index(fault.severity) for fault in FAULTS.values()]
    assert order == sorted(order)


def test_the_report_on_blood_cells_is_what_is_printed(segdet_data: Path) -> None:
    (shown,) = re.findall(r"BCCD it prints\n\n```text\n(.*?)\n```", read(PAGE), re.DOTALL)
    assert data_check(str(ROOT / "configs/bccd-rtmdet.py"), [], as_json=False) == (shown, True)


def test_the_limit_before_a_training_is_told() -> None:
    assert f"looks into {BEFORE_TRAINING:,} at most" in read(PAGE)

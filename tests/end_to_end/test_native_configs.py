"""A fixed sample of the configs that mmdet and mmseg ship does what the page on them says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLE = 60


def test_native_configs_run_but_for_those_that_the_page_lists(tmp_path: Path) -> None:
    page = (ROOT / "docs/native-configs.md").read_text(encoding="utf-8")
    outcomes = tmp_path / "outcomes.json"
    tool = [sys.executable, "tools/native_configs.py", "--sample", str(SAMPLE), "--json", str(outcomes)]
    subprocess.run(tool, cwd=ROOT, check=True, capture_output=True)
    results = json.loads(outcomes.read_text(encoding="utf-8"))
    assert len(results) == SAMPLE
    failed = {result["config"]: result["cause"] for result in results if result["stage"]}
    listed = {result["config"] for result in results if f"| `{result['config']}` |" in page}
    assert not {name: cause for name, cause in failed.items() if name not in listed}
    assert not listed - failed.keys()

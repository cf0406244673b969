"""Processes that are killed while they seal, open or push."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_kill_9_at_any_moment_leaves_nothing_partial_and_nothing_plain() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "kill_bundles.py", "--times", "8"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("killed 8 times; nothing partial, nothing plain") == 5, done.stdout

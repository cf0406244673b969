"""The page on driving: its recipe, and the one that it is about, can be assembled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.docs.pages import ROOT, write_blocks


def test_the_recipes_of_the_page_can_be_assembled(run_cli: Callable, tmp_path: Path) -> None:
    written = write_blocks("docs/driving.md", "recipe", tmp_path)
    shown = run_cli("show", written["streets.py"])
    assert shown.status == 0, shown.stderr
    assert "segdet_driving.cityscapes.cityscapes" in shown.stdout
    assert "traffic light" in shown.stdout
    assert run_cli("show", ROOT / "configs" / "road-scenes.py").status == 0

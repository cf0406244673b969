from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from segdet_kit.catalog import Catalog, installed
from segdet_kit.testing.pytest_plugin import Ended

HEAVY = {"torch", "numpy", "cv2", "mmengine", "mmcv", "mmdet", "mmseg", "pydantic", "typer"}


def test_loading_it_imports_nothing_heavy() -> None:
    code = f"import sys, segdet_kit.testing.pytest_plugin; print({HEAVY!r} & sys.modules.keys() or 'light')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "light"


def test_run_cli_tells_how_a_command_ended(run_cli: Callable[..., Ended]) -> None:
    assert run_cli("--version").stdout.startswith("segdet-kit ")
    ended = run_cli("plugins", "info", "resnet-18")
    assert ended.status == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("error: no component is named 'resnet-18'")


def test_an_isolated_catalog_has_the_kit_s_components_and_what_was_named(
    isolated_catalog: Callable[..., Catalog], run_cli: Callable[..., Ended]
) -> None:
    assert {offer.provider.plugin for offer in isolated_catalog().offers} == {"builtin"}
    assert "efficientnet-lite0" not in run_cli("plugins", "list").stdout
    assert {offer.provider.plugin for offer in isolated_catalog("timm").offers} == {"builtin", "timm"}
    assert "efficientnet-lite0" in run_cli("plugins", "list").stdout


def test_after_isolation_all_plugins_are_back() -> None:
    assert {"builtin", "timm"} <= {offer.provider.plugin for offer in installed().offers}


def test_tiny_shapes_are_the_data_of_a_recipe(tiny_shapes: dict[str, Any]) -> None:
    from segdet_kit.builtin.datasets import SHAPES
    from segdet_kit.builtin.datasets.shapes import shapes

    data = {key: value for key, value in tiny_shapes.items() if key != "type"}
    assert len(shapes(task="detection", split="train", classes=SHAPES, **data)) == 4
    assert (Path(tiny_shapes["root"]) / "images" / "test" / "00001.png").is_file()


def test_a_clean_scope_is_one_that_a_test_cannot_spoil(clean_scope: None) -> None:
    from mmengine.registry import DefaultScope

    assert DefaultScope.get_current_instance() is None
    DefaultScope.get_instance("spoilt", scope_name="mmdet")
    assert DefaultScope.get_current_instance() is not None


def test_nothing_is_left_of_it(clean_scope: None) -> None:
    from mmengine.registry import DefaultScope

    assert "spoilt" not in DefaultScope._instance_dict

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from segdet_kit.diagnosis.stack import STACK
from tests.fake_site import FakeSite

VARIABLES = (
    "SEGDET_DATA",
    "SEGDET_DISABLED_PLUGINS",
    "SEGDET_STRICT_PLUGINS",
    "SEGDET_PLUGIN_LOCK",
    "SEGDET_REQUIRE_LOCK",
)


@pytest.fixture
def site(tmp_path: Path) -> FakeSite:
    site = FakeSite(tmp_path)
    site.healthy_stack()
    return site


def run(site: FakeSite | None, *options: str, **variables: str) -> tuple[int, str]:
    """Run ``segdet-kit doctor`` in an installation where the site's packages come first."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES} | variables
    if site is not None:
        environment["PYTHONPATH"] = str(site.folder)
    done = subprocess.run(
        [sys.executable, "-m", "segdet_kit", "doctor", *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    return done.returncode, done.stdout


def run_json(site: FakeSite | None, **variables: str) -> tuple[int, dict[str, Any]]:
    code, output = run(site, "--json", **variables)
    return code, json.loads(output)


def test_this_installation_is_healthy() -> None:
    code, report = run_json(None)
    assert [f for f in report["findings"] if f["severity"] == "error"] == []
    assert (code, report["healthy"]) == (0, True)
    assert report["operators"]["provider"] in ("segdet-kit", "compiled")
    assert report["operators"]["of_the_kit"]["nms"] == {
        "target": "nms:nms",
        "summary": "non-maximum suppression",
        "by": "torchvision",
        "reference": "definition, properties",
        "dtypes": ["float16", "bfloat16", "float32", "float64"],
        "differentiable": False,
    }
    assert report["devices"]["cpu_threads"] >= 1
    assert report["versions"]["torch"]
    assert {"plugin", "distribution", "version", "components"} <= set(report["plugins"][0])


def test_the_text_has_every_section_and_ends_in_a_verdict(site: FakeSite) -> None:
    code, text = run(site, SEGDET_DATA="/data")
    lines = text.splitlines()
    assert code == 0
    assert [line for line in lines if line and not line.startswith(" ")][:5] == [
        "versions",
        "devices",
        "operators",
        "plugins",
        "environment",
    ]
    assert {tuple(line.split()) for line in lines} >= {
        ("cuda:0", "GPU", "0", "of", "the", "test"),
        ("cpu", "threads", "3"),
        ("SEGDET_DATA", "/data"),
        ("SEGDET_STRICT_PLUGINS", "not", "set"),
    }
    assert lines[-1] == "healthy: nothing here breaks a run"


def test_an_error_comes_with_its_fix_and_exit_status_1(site: FakeSite) -> None:
    site.distribute("mmcv", "2.2.0", "mmcv")
    site.package("torch", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    code, text = run(site)
    assert code == 1
    assert "  error: 2 distributions own the import name 'mmcv': mmcv, onedl-mmcv\n" in text
    assert "    fix: pip uninstall -y mmcv onedl-mmcv && pip install onedl-mmcv\n" in text
    assert "  error: torch cannot be used: the process died with signal SIGSEGV\n" in text
    assert "cannot be asked, see the findings" in text
    assert text.endswith("not healthy: mend the errors first\n")


def test_a_broken_plugin_is_reported_and_the_installation_stays_healthy(site: FakeSite) -> None:
    site.distribute("its-package", "1.0", plugin="broken = nowhere_to_be_found")
    code, report = run_json(site)
    assert (code, report["healthy"]) == (0, True)
    (failure,) = [failure for failure in report["failures"] if failure["plugin"] == "broken"]
    assert failure["distribution"] == "its-package"
    (finding,) = [finding for finding in report["findings"] if finding["code"] == "plugin-failed"]
    assert finding["severity"] == "warning"
    assert ["broken", "its-package,", "failed"] in [line.split() for line in run(site)[1].splitlines()]


def test_where_failures_are_forbidden_a_broken_plugin_is_an_error(site: FakeSite) -> None:
    site.distribute("its-package", "1.0", plugin="broken = nowhere_to_be_found")
    code, report = run_json(site, SEGDET_STRICT_PLUGINS="1")
    assert (code, report["healthy"]) == (1, False)
    assert report["environment"]["SEGDET_STRICT_PLUGINS"] == "1"
    assert report["findings"][0]["fix"] == "unset SEGDET_STRICT_PLUGINS"


def test_a_plugin_lock_that_cannot_be_trusted_is_an_error(site: FakeSite) -> None:
    lock = site.folder / "plugins.lock"
    lock.write_text("{}")
    lock.chmod(0o600)
    code, report = run_json(site, SEGDET_PLUGIN_LOCK=str(lock), SEGDET_REQUIRE_LOCK="1")
    assert (code, report["healthy"]) == (1, False)
    assert report["environment"]["SEGDET_REQUIRE_LOCK"] == "1"
    (finding,) = [finding for finding in report["findings"] if finding["code"] == "plugin-lock"]
    assert finding["message"].startswith(f"{lock}: the plugin lock is damaged: ")
    assert finding["fix"] == f"restore it, or: rm {lock} && segdet-kit plugins lock"


def test_the_command_itself_imports_none_of_the_stack(site: FakeSite) -> None:
    code = (
        "import sys; from segdet_kit.commands.doctor import doctor; doctor(False);"
        f"print(sorted({set(STACK)!r} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(site.folder)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

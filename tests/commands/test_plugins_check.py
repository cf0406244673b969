from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

from segdet_kit import API_VERSION
from segdet_kit.catalog import installed
from segdet_kit.testing.pytest_plugin import Ended
from tests.fake_site import FakeSite

PLUGIN = """
from segdet_kit import Augmentation, hookimpl

@hookimpl
def register_augmentations():
    yield Augmentation(name='tin-can', target='segdet_can.can:Can', summary='leaves all as it is',
                       defaults={'length': 3})
"""
KEEPS_ALL = """
class Can:
    def __init__(self, length):
        self.length = length

    def __call__(self, sample):
        return sample
"""
RunCli = Callable[..., Ended]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSite]:
    """An installed plugin whose only target takes no ``length``."""
    site = FakeSite(tmp_path)
    files = {
        "segdet_can/__init__.py": "",
        "segdet_can/plugin.py": PLUGIN,
        "segdet_can/can.py": "def Can(): pass",
    }
    site.install("segdet-can", "1.2", files, plugin="can = segdet_can.plugin")
    monkeypatch.syspath_prepend(str(tmp_path))
    installed.cache_clear()
    yield site
    installed.cache_clear()
    for module in [name for name in sys.modules if name.partition(".")[0] == "segdet_can"]:
        del sys.modules[module]


def require(site: FakeSite, *lines: str) -> None:
    metadata = site.folder / "segdet_can-1.2.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text() + "".join(f"Requires-Dist: {line}\n" for line in lines))


def test_failures_say_what_to_change_and_end_with_1(site: FakeSite, run_cli: RunCli) -> None:
    require(site, "segdet-kit>=0.1", "onedl-mmcv<1")
    ended = run_cli("plugins", "check", "can")
    assert ended.status == 1
    lines = ended.stdout.splitlines()
    assert lines[:3] == [
        "can (segdet-can 1.2)",
        f"  supports segdet-kit >=0.1; installed: {version('segdet-kit')}",
        f"  supports onedl-mmcv <1; installed: {version('onedl-mmcv')}",
    ]
    assert "  ok      plugin: its descriptions import nothing heavy" in lines
    failed = lines.index("  FAILED  augmentation/tin-can: target imports and takes its defaults")
    assert "unexpected keyword argument 'length'" in lines[failed + 1]
    assert lines[failed + 2].startswith("    change: add the argument to the target")
    assert lines[-1] == "  9 checks, 4 failed"


def test_json_holds_the_same(site: FakeSite, run_cli: RunCli) -> None:
    ended = run_cli("plugins", "check", "can", "--json")
    report = json.loads(ended.stdout)
    assert (ended.status, report["passed"], report["api"]) == (1, False, API_VERSION)
    (plugin,) = report["plugins"]
    assert (plugin["plugin"], plugin["distribution"], plugin["version"]) == ("can", "segdet-can", "1.2")
    assert plugin["supports"] == []
    failed = {check["check"]: check for check in plugin["checks"] if not check["passed"]}
    assert failed.keys() == {
        "plugin: the installed versions are supported",
        "augmentation/tin-can: target imports and takes its defaults",
        "augmentation/tin-can: keeps image and labels aligned",
        "augmentation/tin-can: repeatable under a seed",
    }
    assert failed["plugin: the installed versions are supported"]["change"].startswith('add "segdet-kit"')


def test_a_plugin_that_keeps_everything_ends_with_0(site: FakeSite, run_cli: RunCli) -> None:
    require(site, "segdet-kit")
    (site.folder / "segdet_can" / "can.py").write_text(KEEPS_ALL)
    ended = run_cli("plugins", "check", "can")
    assert (ended.status, ended.stdout.splitlines()[-1]) == (0, "  9 checks, 0 failed")


def test_without_a_name_all_plugins_are_checked(
    site: FakeSite, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = {plugin.name for plugin in entry_points(group="segdet_kit")} - {"can"}
    monkeypatch.setenv("SEGDET_DISABLED_PLUGINS", ",".join(others))
    report = json.loads(run_cli("plugins", "check", "--json").stdout)
    assert [plugin["plugin"] for plugin in report["plugins"]] == ["can"]


def test_a_plugin_that_is_not_there_is_a_mistake(run_cli: RunCli) -> None:
    ended = run_cli("plugins", "check", "cann")
    assert ended.status == 2
    assert ended.stderr.startswith("error: plugin 'cann' is not installed\nhint: ")

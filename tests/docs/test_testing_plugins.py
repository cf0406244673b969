"""The page on testing plugins: its list of checks is whole, and its case is right."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from segdet_kit.openmmlab.runtime import prepare
from segdet_kit.testing import pytest_plugin
from segdet_kit.testing.check import Check
from segdet_kit.testing.conformance import OF_COMPONENTS, OF_KIND, OF_PLUGINS, checks_of
from segdet_kit.testing.subject import Subject
from tests.docs.pages import rows, section, write_blocks

PAGE = "docs/testing-plugins.md"


def test_every_check_is_listed() -> None:
    listed = [(what, check) for what, check, _ in rows(section(PAGE, "## What is checked"))]
    of_kinds = [(kind, title) for kind, checks in OF_KIND.items() for title in checks]
    every = [("plugin", title) for title in OF_PLUGINS] + [("component", title) for title in OF_COMPONENTS]
    assert listed == [*every, *of_kinds]


def test_every_fixture_is_described() -> None:
    described = re.findall(r"^- `(\w+)`", section(PAGE, "## Fixtures"), re.MULTILINE)
    assert all(hasattr(pytest_plugin, name) for name in described)
    assert len(described) == 4


def test_the_case_of_the_page_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    from segdet_kit.catalog import Catalog
    from segdet_kit.plugins import discover

    prepare()
    write_blocks("docs/plugins.md", "plugin", tmp_path)
    write_blocks(PAGE, "cases", tmp_path / "my_plugin")
    hooks = tmp_path / "my_plugin" / "plugin.py"
    hooks.write_text(hooks.read_text() + "conformance_cases = 'my_plugin.cases:cases'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in [name for name in sys.modules if name.partition(".")[0] == "my_plugin"]:
        monkeypatch.delitem(sys.modules, module)
    point = EntryPoint("my-plugin", "my_plugin.plugin", "segdet_kit")
    checks = checks_of(Subject(point, Catalog(discover([point]))))
    ours: list[Check] = [check for check in checks if check.id.startswith("metric/pixel-accuracy")]
    assert len(ours) == 6
    for check in ours:
        check.run()

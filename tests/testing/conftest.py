"""Plugins made up for one check each: a description, and a module of parts that its targets name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import entry_points

import pytest

from segdet_kit.catalog import Catalog
from segdet_kit.openmmlab.runtime import prepare
from segdet_kit.plugins import discover
from segdet_kit.testing import Check, CheckFailure
from segdet_kit.testing.cases import Cases
from segdet_kit.testing.conformance import checks_of
from segdet_kit.testing.subject import Subject
from tests.fake_plugins import PluginMaker

prepare()

MakeSubject = Callable[..., Subject]
Judge = Callable[..., str]


@pytest.fixture
def subject_of(make_plugin: PluginMaker, monkeypatch: pytest.MonkeyPatch) -> MakeSubject:
    """Make a plugin of the source of its hooks and that of ``made_parts``, which its targets name."""

    def make(hooks: str, parts: str = "", cases: Cases | None = None) -> Subject:
        monkeypatch.delitem(sys.modules, "made_parts", raising=False)
        (make_plugin.folder / "made_parts.py").write_text(parts)
        builtin = [point for point in entry_points(group="segdet_kit") if point.name == "builtin"]
        point = make_plugin("made", hooks)
        return Subject(point, Catalog(discover([*builtin, point])), cases or {})

    return make


@pytest.fixture
def judge(subject_of: MakeSubject) -> Judge:
    """Run the check of this title on a plugin, and return what it says: nothing if it is content."""

    def run(title: str, hooks: str, parts: str = "", cases: Cases | None = None) -> str:
        (check,) = [each for each in checks_of(subject_of(hooks, parts, cases)) if each.id.endswith(title)]
        return said_by(check)

    return run


def said_by(check: Check) -> str:
    try:
        check.run()
    except CheckFailure as failure:
        return f"{failure.message}\n{failure.hint or 'IT DOES NOT SAY WHAT TO CHANGE'}"
    return ""

from __future__ import annotations

import pytest

from segdet_kit.diagnosis.plugin_faults import plugin_findings, strict_finding
from segdet_kit.errors import PluginError
from segdet_kit.plugins import Failure, discover
from tests.fake_plugins import PluginMaker


def test_a_broken_plugin_is_a_warning_that_says_how_to_leave_it_out(
    make_plugin: PluginMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEGDET_DISABLED_PLUGINS", raising=False)
    (finding,) = plugin_findings(discover([make_plugin("broken", "import nowhere_to_be_found")]).failures)
    assert (finding.code, finding.severity) == ("plugin-failed", "warning")
    assert "plugin 'broken'" in finding.message
    assert "nowhere_to_be_found" in finding.message
    assert finding.fix == "export SEGDET_DISABLED_PLUGINS=broken"


def test_plugins_that_are_disabled_already_stay_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGDET_DISABLED_PLUGINS", "old,older")
    (finding,) = plugin_findings([Failure("broken", "its-package", "ImportError")])
    assert finding.fix == "export SEGDET_DISABLED_PLUGINS=old,older,broken"


def test_the_kits_own_plugin_failing_is_an_error() -> None:
    (finding,) = plugin_findings([Failure("builtin", "segdet-kit", "ImportError")])
    assert finding.severity == "error"
    assert finding.fix == "pip install --force-reinstall --no-deps segdet-kit"


def test_a_plugin_that_stops_every_command_is_an_error(
    make_plugin: PluginMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDET_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError) as raised:
        discover([make_plugin("broken", "import nowhere_to_be_found")])
    finding = strict_finding(raised.value)
    assert (finding.severity, finding.fix) == ("error", "unset SEGDET_STRICT_PLUGINS")
    assert "plugin 'broken'" in finding.message

"""``segdet-kit plugins check``: the conformance test of plugins, without pytest."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from segdet_kit import API_VERSION
from segdet_kit.catalog import installed
from segdet_kit.hookspecs import GROUP
from segdet_kit.testing.check import Check, CheckFailure
from segdet_kit.testing.conformance import checks_of
from segdet_kit.testing.subject import Subject, find_subject
from segdet_kit.testing.support import supported_versions


def plugins_check(name: str | None, as_json: bool) -> int:
    """Check one plugin or all, print each check as it is done, and return 1 if any failed, else 0."""
    say: Callable[[str], None] = _silent if as_json else _print
    plugins = [_report(find_subject(each), say) for each in ([name] if name else _every_plugin())]
    passed = all(check["passed"] for plugin in plugins for check in plugin["checks"])
    if as_json:
        _print(json.dumps({"api": API_VERSION, "passed": passed, "plugins": plugins}, indent=2))
    return 0 if passed else 1


def _every_plugin() -> list[str]:
    return sorted({point.name for point in entry_points(group=GROUP)} - {*installed().disabled})


def _report(subject: Subject, say: Callable[[str], None]) -> dict[str, Any]:
    distribution = subject.point.dist
    supports = supported_versions(distribution) if distribution else []
    origin = f" ({distribution.name} {distribution.version})" if distribution else ""
    say(subject.point.name + origin)
    for each in supports:
        say(f"  supports {each.name} {each.bounds or '(any)'}; installed: {each.installed or 'none'}")
    checks = [_result(check, say) for check in checks_of(subject)]
    failed = sum(not check["passed"] for check in checks)
    say(f"  {len(checks)} checks, {failed} failed")
    return {
        "plugin": subject.point.name,
        "distribution": distribution.name if distribution else None,
        "version": distribution.version if distribution else None,
        "supports": [
            {"name": each.name, "bounds": each.bounds, "installed": each.installed} for each in supports
        ],
        "checks": checks,
    }


def _result(check: Check, say: Callable[[str], None]) -> dict[str, Any]:
    try:
        check.run()
    except CheckFailure as failure:
        say(f"  FAILED  {check.id}\n    {failure.message}\n    change: {failure.hint}")
        return {"check": check.id, "passed": False, "message": failure.message, "change": failure.hint}
    say(f"  ok      {check.id}")
    return {"check": check.id, "passed": True, "message": "", "change": ""}


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _silent(text: str) -> None:
    """Say nothing: JSON is printed at the end."""

"""Plugins that failed. None of them breaks another, unless it is the kit's own or failures are forbidden."""

from __future__ import annotations

import os
from collections.abc import Iterable

from segdet_kit.diagnosis.finding import Finding
from segdet_kit.diagnosis.requirements import KIT
from segdet_kit.errors import KitError, PluginError
from segdet_kit.plugins import DISABLED_VARIABLE, STRICT_VARIABLE, Failure


def plugin_findings(failures: Iterable[Failure]) -> list[Finding]:
    """Report each plugin that failed, with the command that leaves it out."""
    return [_of(failure) for failure in failures]


def strict_finding(error: PluginError) -> Finding:
    """Report a plugin that stops every command, because of ``SEGDET_STRICT_PLUGINS``."""
    return Finding("plugin-failed", "error", error.message, f"unset {STRICT_VARIABLE}")


def lock_finding(error: KitError) -> Finding:
    """Report a plugin lock that cannot be trusted, which stops every command."""
    return Finding("plugin-lock", "error", error.message, error.hint)


def _of(failure: Failure) -> Finding:
    message = f"plugin {failure.plugin!r} of {failure.distribution} failed: {failure.error}"
    if failure.distribution == KIT:
        return Finding("plugin-failed", "error", message, f"pip install --force-reinstall --no-deps {KIT}")
    disabled = os.environ.get(DISABLED_VARIABLE)
    names = f"{disabled},{failure.plugin}" if disabled else failure.plugin
    return Finding("plugin-failed", "warning", message, f"export {DISABLED_VARIABLE}={names}")

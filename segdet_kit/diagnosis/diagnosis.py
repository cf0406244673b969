"""Everything that the doctor looks at, gathered."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import Any

from segdet_kit.catalog import installed
from segdet_kit.diagnosis.finding import Finding, Severity
from segdet_kit.diagnosis.import_faults import import_findings
from segdet_kit.diagnosis.imports import import_stack
from segdet_kit.diagnosis.ownership import ownership_findings
from segdet_kit.diagnosis.plugin_faults import lock_finding, plugin_findings, strict_finding
from segdet_kit.diagnosis.requirements import requirement_findings
from segdet_kit.diagnosis.stack import owners
from segdet_kit.diagnosis.torch_pair import torch_pair_findings
from segdet_kit.diagnosis.versions import versions
from segdet_kit.errors import KitError, PluginError
from segdet_kit.openmmlab.ops import OPERATORS
from segdet_kit.plugin_lock import PATH_VARIABLE, REQUIRE_VARIABLE
from segdet_kit.plugins import DISABLED_VARIABLE, STRICT_VARIABLE, Failure, Provider

# "SEGDET_DATA" is spelled out, since the module that reads it needs packages that may be missing.
VARIABLES = ("SEGDET_DATA", DISABLED_VARIABLE, STRICT_VARIABLE, PATH_VARIABLE, REQUIRE_VARIABLE)
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Diagnosis:
    """The state of an installation, and what is wrong with it, errors first.

    ``versions``: by distribution, ``None`` for what is missing. ``devices``: ``cpu_threads``,
    ``cuda`` (names) and ``mps``, or ``None`` where torch cannot be asked. ``provider``: of mmcv's
    operators. ``plugins``: with the number of their components. ``environment``: the kit's variables.
    """

    versions: dict[str, str | None]
    devices: dict[str, Any] | None
    provider: str | None
    plugins: dict[Provider, int]
    failures: tuple[Failure, ...]
    environment: dict[str, str | None]
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing was found that breaks a run."""
        return all(finding.severity != "error" for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Return the diagnosis as plain data for JSON."""
        return {
            "healthy": self.healthy,
            "versions": self.versions,
            "devices": self.devices,
            "operators": {
                "provider": self.provider,
                "of_the_kit": {name: vars(operator) for name, operator in OPERATORS.items()},
            },
            "plugins": [{**vars(plugin), "components": count} for plugin, count in self.plugins.items()],
            "failures": [vars(failure) for failure in self.failures],
            "environment": self.environment,
            "findings": [vars(finding) for finding in self.findings],
        }


def diagnose() -> Diagnosis:
    """Examine this installation. The stack is imported in a child process, and never in this one."""
    owned = owners()
    imports = import_stack()
    findings = [
        *requirement_findings(),
        *ownership_findings(owned, imports.imported),
        *torch_pair_findings(imports, owned),
        *import_findings(imports, owned),
    ]
    plugins: dict[Provider, int] = {}
    failures: tuple[Failure, ...] = ()
    try:
        catalog = installed()
    except PluginError as error:
        findings.append(strict_finding(error))
    except KitError as error:
        findings.append(lock_finding(error))
    else:
        plugins, failures = Counter(offer.provider for offer in catalog.offers), catalog.failures
        findings += plugin_findings(failures)
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    environment = {name: os.environ.get(name) for name in VARIABLES}
    return Diagnosis(
        versions(owned), imports.devices, imports.provider, plugins, failures, environment, tuple(findings)
    )

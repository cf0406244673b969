"""``segdet-kit doctor``: the state of the installation, and the command against each fault."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from segdet_kit.diagnosis.diagnosis import Diagnosis, diagnose
from segdet_kit.openmmlab.ops import OPERATORS

PROVIDERS = {
    "compiled": "mmcv's own, compiled",
    "segdet-kit": f"segdet-kit, {len(OPERATORS)} of mmcv's in torch and torchvision",
    None: "unknown",
}


def doctor(as_json: bool) -> tuple[str, bool]:
    """Return the diagnosis as text or JSON, and whether nothing in it breaks a run."""
    diagnosis = diagnose()
    text = json.dumps(diagnosis.as_dict(), indent=2) if as_json else "\n".join(_lines(diagnosis))
    return text, diagnosis.healthy


def _lines(diagnosis: Diagnosis) -> Iterable[str]:
    plugins = {
        provider.plugin: f"{provider.distribution} {provider.version}, {count} components"
        for provider, count in diagnosis.plugins.items()
    }
    plugins |= {failure.plugin: f"{failure.distribution}, failed" for failure in diagnosis.failures}
    sections = {
        "versions": {name: version or "not installed" for name, version in diagnosis.versions.items()},
        "devices": _devices(diagnosis.devices),
        "operators": {"provider": PROVIDERS[diagnosis.provider]},
        "plugins": plugins,
        "environment": {name: value or "not set" for name, value in diagnosis.environment.items()},
    }
    width = max(len(name) for rows in sections.values() for name in rows)
    for title, rows in sections.items():
        yield title
        yield from (f"  {name:<{width}}  {value}" for name, value in rows.items())
        yield ""
    if diagnosis.findings:
        yield "findings"
    for finding in diagnosis.findings:
        yield f"  {finding.severity}: {finding.message}"
        if finding.fix:
            yield f"    fix: {finding.fix}"
    yield "healthy: nothing here breaks a run" if diagnosis.healthy else "not healthy: mend the errors first"


def _devices(devices: Mapping[str, Any] | None) -> dict[str, str]:
    if devices is None:
        return {"torch": "cannot be asked, see the findings"}
    cuda = {f"cuda:{index}": name for index, name in enumerate(devices["cuda"])} or {"cuda": "none"}
    return {"cpu threads": str(devices["cpu_threads"]), **cuda, "mps": "yes" if devices["mps"] else "no"}

"""``segdet-kit plugins info``: one component in full."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from segdet_kit.catalog import installed
from segdet_kit.components import Component
from segdet_kit.signature import signature_of

DESCRIBED_ELSEWHERE = {"name", "target", "summary", "tasks", "defaults"}


def plugins_info(name: str, as_json: bool) -> str:
    """Return what is known of a component without importing it, as text or JSON."""
    offer = installed().find(name)
    component = offer.component
    info: dict[str, Any] = {
        "kind": component.kind,
        "name": component.name,
        "summary": component.summary,
        "target": component.target,
        "signature": signature_of(component.target),
        "defaults": _plain(component.defaults),
        "tasks": list(component.tasks),
        "plugin": offer.provider.plugin,
        "distribution": offer.provider.distribution,
        "version": offer.provider.version,
        **_own_fields(component),
    }
    if as_json:
        return json.dumps(info, indent=2)
    width = max(len(key) for key in info)
    return "\n".join(f"{key:<{width}}  {_text(value)}" for key, value in info.items())


def _own_fields(component: Component) -> dict[str, Any]:
    """What this kind of component says beyond what all say."""
    names = [field.name for field in dataclasses.fields(component) if field.name not in DESCRIBED_ELSEWHERE]
    return {name: _plain(getattr(component, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={item!r}" for key, item in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "none"
    return "none" if value is None else str(value)

"""``segdet-kit plugins list``: what the installed plugins offer, and which failed."""

from __future__ import annotations

import json
from typing import Any

from segdet_kit.catalog import Catalog, check_kind, installed


def plugins_list(kind: str | None, as_json: bool) -> str:
    """Return the components, of one kind or all, as a table or JSON."""
    if kind is not None:
        check_kind(kind)
    catalog = installed()
    rows = _rows(catalog, kind)
    if as_json:
        failures = [vars(failure) for failure in catalog.failures]
        return json.dumps({"components": rows, "failures": failures}, indent=2)
    return "\n".join(_table(rows) + _failures(catalog))


def _rows(catalog: Catalog, kind: str | None) -> list[dict[str, Any]]:
    return [
        {
            "kind": offer.component.kind,
            "name": offer.component.name,
            "plugin": offer.provider.plugin,
            "distribution": offer.provider.distribution,
            "version": offer.provider.version,
            "summary": offer.component.summary,
            "tasks": list(offer.component.tasks),
        }
        for offer in catalog.offers
        if kind in (None, offer.component.kind)
    ]


def _table(rows: list[dict[str, Any]]) -> list[str]:
    columns = ("kind", "name", "distribution", "summary")
    widths = [max([len(column), *(len(row[column]) for row in rows)]) for column in columns]
    lines = [columns, *(tuple(row[column] for column in columns) for row in rows)]
    layout = "  ".join(f"{{:<{width}}}" for width in widths)
    return [layout.format(*line).rstrip() for line in lines]


def _failures(catalog: Catalog) -> list[str]:
    if not catalog.failures:
        return []
    return ["", "failed plugins:", *(f"  {f.plugin} ({f.distribution}): {f.error}" for f in catalog.failures)]

"""What a model's bundle holds beside its weights: JSON that tells neither where it was made nor by whom."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from segdet_kit.assemble.data import data_root
from segdet_kit.errors import KitError
from segdet_kit.strict_json import MAX_BYTES, marked, read_json, unmarked
from segdet_kit.untrusted import check_untrusted, evaluated

CONFIG = "config.json"
WEIGHTS = "weights.safetensors"
MANIFEST = "manifest.json"
"""Of an exported model, whose files stand in the place of the weights."""
PROVENANCE = ("started", "seed", "data", "git")
REQUIREMENTS = ("python", "packages", "plugins")
"""What is told of a run's manifest. Its command line and platform stay at home."""
ABSOLUTE = re.compile(r"[/~\\].*|[A-Za-z]:[\\/].*|file:.*", re.DOTALL)
NAMES = frozenset({"classes", "stuff"})


def portable(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an assembled config that evaluates a model, without a trace of this machine.

    A data set's root becomes its path below ``$SEGDET_DATA``, or its own name where it lies elsewhere. Raises
    ``KitError`` for a config that names another absolute path, and for one that nobody would open.
    """
    part = evaluated(config)
    dataset = part.get("test_dataloader", {}).get("dataset", {})
    if dataset.get("root"):
        root = Path(dataset["root"])
        base = data_root(".")
        dataset["root"] = str(root.relative_to(base)) if root.is_relative_to(base) else root.name
    for place, text in _texts(part, ""):
        if ABSOLUTE.fullmatch(text):
            raise KitError(
                f"{place} = {text!r} is a path of this machine", "write it relative to the data set's root"
            )
    check_untrusted(part)
    return part


def localised(config: dict[str, Any]) -> dict[str, Any]:
    """Return a bundle's config with its data set's root below this machine's ``$SEGDET_DATA``."""
    dataset = config.get("test_dataloader", {}).get("dataset", {})
    if isinstance(dataset.get("root"), str):
        dataset["root"] = str(data_root(dataset["root"]))
    return config


def documents(config: Mapping[str, Any], run: Mapping[str, Any], metrics: Any) -> dict[str, bytes]:
    """Return the members that are JSON, as bytes. ``config``: a portable one. ``run``: its manifest.

    Raises ``KitError`` for what cannot be written as JSON.
    """
    dataset = config.get("test_dataloader", {}).get("dataset", {})
    labels = dataset.get("classes") or dataset.get("metainfo", {}).get("classes") or []
    return {
        CONFIG: to_json(CONFIG, config),
        "labels.json": to_json(
            "labels.json", {"classes": list(labels), "stuff": list(dataset.get("stuff") or [])}
        ),
        "metrics.json": to_json("metrics.json", metrics),
        "requirements.json": to_json("requirements.json", _chosen(run, REQUIREMENTS)),
        "provenance.json": to_json("provenance.json", _chosen(run, PROVENANCE)),
    }


def to_json(name: str, value: Any) -> bytes:
    """Write JSON in one spelling: keys sorted, no spaces.

    Unlike RFC 8785's, it keeps 1.0 apart from 1, as OpenMMLab does. Raises ``KitError`` for a number that is
    not finite, for a value that is no data, and for more than ``MAX_BYTES``.
    """
    try:
        text = json.dumps(marked(value), sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise KitError(
            f"{name} cannot be written as JSON: {error}", "a bundle holds plain data only"
        ) from error
    if len(text) > MAX_BYTES:
        raise KitError(f"{name} is larger than {MAX_BYTES >> 20} MiB", "shorten it: a bundle holds no tables")
    return text.encode()


def read_config(data: bytes) -> dict[str, Any]:
    """Read what ``to_json`` wrote of a config. Raises ``KitError`` for anything else than a dict."""
    config = unmarked(read_json(data, CONFIG))
    if not isinstance(config, dict):
        raise KitError(f"the bundle's {CONFIG} is no config", "ask its sender what it is")
    return config


def _chosen(manifest: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: manifest[key] for key in keys if key in manifest}


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Every text but the names of classes, which can begin with anything."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in NAMES:
                yield from _texts(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _texts(item, f"{place}.{index}")

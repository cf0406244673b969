"""What of an assembled config an evaluation builds: the part that can be sent to others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segdet_kit.catalog import Catalog, installed

DROPPED = frozenset({"init_cfg", "teacher_ckpt", "backend_args", "file_client_args"})
"""How weights are drawn or found before training, which an evaluation has from its checkpoint; and how files
are read that lie elsewhere than on a disk."""
LOADER = ("batch_size", "num_workers", "persistent_workers", "drop_last")


def evaluated(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model of an assembled config, its test pipeline, and the data set and metrics that test it.

    Nothing of training is left, nor how weights are initialised. A data set of OpenMMLab's becomes a
    description, its type, classes and pipeline, and metrics of OpenMMLab's are left out: what predicts needs
    no more, and only installed components are built of data. ``config`` stays as it is.
    """
    catalog = installed()
    parts: dict[str, Any] = {"default_scope": config.get("default_scope", "mmengine")}
    parts["model"] = _without_weights(config.get("model"))
    loader = config.get("test_dataloader")
    if isinstance(loader, Mapping) and loader.get("dataset"):
        parts["test_dataloader"] = {
            **{key: loader[key] for key in LOADER if key in loader},
            "sampler": {"type": "DefaultSampler", "shuffle": False},
            "dataset": _described(loader["dataset"], _types(catalog, "dataset")),
        }
    evaluators = config.get("test_evaluator")
    listed = evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]
    metrics = _types(catalog, "metric") if is_installed(parts, catalog) else []
    if chosen := [each for each in listed if isinstance(each, Mapping) and each.get("type") in metrics]:
        parts["test_evaluator"] = _without_weights(chosen)
    return parts


def is_installed(config: Mapping[str, Any], catalog: Catalog) -> bool:
    """Whether the test data set is an installed component, and can be built of data."""
    dataset = (config.get("test_dataloader") or {}).get("dataset")
    return isinstance(dataset, Mapping) and dataset.get("type") in _types(catalog, "dataset")


def _types(catalog: Catalog, kind: str) -> list[str]:
    return [component.type for component in catalog.components(kind)]


def _described(dataset: Any, installed_types: list[str]) -> Any:
    """Return a data set, or the first that it wraps, whole if it is installed and else without its files."""
    while isinstance(dataset, Mapping) and not dataset.get("pipeline"):
        inner = dataset.get("dataset") or dataset.get("datasets")
        if not inner:
            break
        dataset = inner[0] if isinstance(inner, (list, tuple)) else inner
    if not isinstance(dataset, Mapping):
        return dataset
    plain = _without_weights(dataset)
    if plain.get("type") in installed_types:
        return plain
    return {key: plain[key] for key in ("type", "metainfo", "pipeline") if key in plain}


def _without_weights(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _unweighted(key, item) for key, item in value.items() if key not in DROPPED}
    if isinstance(value, (list, tuple)):
        items = [_without_weights(item) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    return value


def _unweighted(key: str, item: Any) -> Any:
    if key == "pretrained":  # the kit's backbones take False; some of OpenMMLab's None alone
        return False if isinstance(item, bool) else None
    return _without_weights(item)

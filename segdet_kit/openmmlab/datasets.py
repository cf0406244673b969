"""The data sets of a config, read without their pipelines: the samples, and those that are filtered out."""

from __future__ import annotations

import inspect
import io
import logging
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from segdet_kit.errors import ClassNameError, DataError, PluginError, PolicyError, RecipeError
from segdet_kit.openmmlab.arguments import arguments_checked
from segdet_kit.openmmlab.runtime import prepare

ROLES = ("train", "val", "test")
IGNORED = 255


@dataclass(frozen=True)
class Split:
    """What one role's data set knows of its samples, in mmengine's form, labels included.

    ``records``: every sample, before filtering. ``dropped``: the ``img_path`` of those that are filtered
    out, with the reason. ``annotation_files``: what the data set names as its ``ann_file``. ``roots``:
    the folders that its files should lie in, none where that is not known. ``ignore_index``: the label
    value that counts for nothing. ``plain_labels``: whether label maps are loaded as they are stored, by
    OpenMMLab's own ``LoadAnnotations``. ``local``: whether its files lie on a disk. ``inspectable``:
    whether the data set tells of its samples at all. ``warnings``: what was logged while it was read, such
    as what it leaves out. ``examiner``: the data set itself, where its images are parts of files.
    """

    role: str
    classes: tuple[str, ...] = ()
    records: tuple[Mapping[str, Any], ...] = ()
    dropped: Mapping[str, str] = field(default_factory=dict)
    annotation_files: tuple[Path, ...] = ()
    roots: tuple[Path, ...] = ()
    ignore_index: int = IGNORED
    plain_labels: bool = True
    local: bool = True
    inspectable: bool = True
    warnings: tuple[str, ...] = ()
    examiner: Any = None


@dataclass(frozen=True)
class Unreadable:
    """A role's data set that cannot be read, and why. ``classes``: whether for its classes' names."""

    role: str
    message: str
    hint: str
    classes: bool = False


def read_splits(config: Mapping[str, Any]) -> list[Split | Unreadable]:
    """Read the data sets of an assembled config for training, validation and testing, as far as it has them.

    Wrappers, such as one that repeats or joins data sets, are looked through. Raises ``RecipeError`` for a
    type that does not exist and for arguments that a data set does not take.
    """
    prepare()
    from segdet_kit.openmmlab.preflight import check_types
    from segdet_kit.openmmlab.state import isolated

    loaders = {f"{role}_dataloader": config[f"{role}_dataloader"] for role in ROLES if _given(config, role)}
    scope = config.get("default_scope", "mmengine")
    check_types({"default_scope": scope, **loaders})
    with isolated("cpu", scope), redirect_stdout(io.StringIO()):  # pycocotools tells how long it takes
        return [_read(role, config[f"{role}_dataloader"]) for role in ROLES if _given(config, role)]


def _given(config: Mapping[str, Any], role: str) -> bool:
    return bool((config.get(f"{role}_dataloader") or {}).get("dataset"))


class _Heard(logging.Handler):
    """Takes the warnings that are logged meanwhile, instead of standard error."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())

    def __enter__(self) -> list[str]:
        logging.root.addHandler(self)
        return self.messages

    def __exit__(self, *error: object) -> None:
        logging.root.removeHandler(self)


def _read(role: str, loader: Mapping[str, Any]) -> Split | Unreadable:
    try:
        with _Heard() as warnings:
            split = _joined(role, [_leaf(role, config) for config in _leaves(loader["dataset"])])
        return replace(split, warnings=tuple(warnings))
    except (RecipeError, PolicyError, PluginError):
        raise
    except DataError as error:
        return Unreadable(role, error.message, error.hint, isinstance(error, ClassNameError))
    except Exception as error:  # noqa: BLE001 - whatever a data set raises at broken annotations
        return Unreadable(role, f"{type(error).__name__}: {error}", "see the data set's annotation files")


def _leaves(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    inner = config.get("datasets") or config.get("dataset")
    if isinstance(inner, Mapping):
        yield from _leaves(inner)
    elif inner:
        for each in inner:
            yield from _leaves(each)
    else:
        yield config


def _leaf(role: str, config: Mapping[str, Any]) -> Split:
    from mmengine.registry import DATASETS

    settings = dict(config)
    if "pipeline" in settings:
        settings["pipeline"] = []
    with DATASETS.switch_scope_and_registry(None) as registry:
        target = registry.get(settings["type"]) if isinstance(settings["type"], str) else settings["type"]
    if _takes_lazy_init(target):  # else it is read twice
        settings["lazy_init"] = True
    with arguments_checked():
        dataset = DATASETS.build(settings)
    classes = tuple((getattr(dataset, "metainfo", None) or {}).get("classes") or ())
    records, kept = _loaded(dataset)
    if any("img_path" not in record for record in records) or not hasattr(dataset, "get_data_info"):
        return Split(role, classes, inspectable=False)
    file = getattr(dataset, "ann_file", "")
    return Split(
        role,
        classes,
        tuple(records),
        _dropped(dataset, records, {str(record.get("img_path")) for record in kept}),
        (Path(file),) if isinstance(file, str) and Path(file).is_file() else (),
        tuple(_roots(dataset, config)),
        getattr(dataset, "ignore_index", IGNORED),
        any(str(step.get("type")).endswith("LoadAnnotations") for step in config.get("pipeline", ())),
        not _remote(config),
        examiner=dataset if hasattr(dataset, "examine") else None,
    )


def _takes_lazy_init(target: Any) -> bool:
    """Whether a data set can be built without being read: it says so, or hands options to mmengine."""
    from mmengine.dataset import BaseDataset

    accepted = inspect.signature(target).parameters.values()
    hands_on = any(each.kind is each.VAR_KEYWORD for each in accepted)
    of_mmengine = inspect.isclass(target) and issubclass(target, BaseDataset)
    return any(each.name == "lazy_init" for each in accepted) or (hands_on and of_mmengine)


def _loaded(dataset: Any) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return the samples before and after filtering, by the data set's own initialisation.

    Nothing is serialised: that is where mmengine fails when no sample is left. One that only joins others
    tells what they left.
    """
    if not hasattr(dataset, "load_data_list"):
        tells = hasattr(dataset, "get_data_info")
        left = [dataset.get_data_info(index) for index in range(len(dataset))] if tells else []
        return left, left
    records: list[Mapping[str, Any]] = []
    load = dataset.load_data_list

    def recorded() -> list[Mapping[str, Any]]:
        records[:] = load()
        return list(records)

    dataset.load_data_list = recorded
    dataset.serialize_data = False
    dataset._fully_initialized = False
    dataset.full_init()
    return records, dataset.data_list


def _dropped(dataset: Any, records: list[Mapping[str, Any]], kept: set[str]) -> dict[str, str]:
    rules = getattr(dataset, "filter_cfg", None) or {}

    def reason(record: Mapping[str, Any]) -> str:
        if rules.get("filter_empty_gt") and not record.get("instances"):
            return "no label of the classes (filter_empty_gt)"
        least = rules.get("min_size", 0)
        if min(record.get("width", least), record.get("height", least)) < least:
            return f"smaller than {least} pixels (min_size)"
        return "the data set's own rule"

    return {path: reason(record) for record in records if (path := str(record.get("img_path"))) not in kept}


def _roots(dataset: Any, config: Mapping[str, Any]) -> Iterator[Path]:
    """The folder that holds the data set, and those that the config names one by one."""
    root = config.get("root") or config.get("data_root")
    if not root:
        return
    yield Path(root)
    prefixes = (getattr(dataset, "data_prefix", None) or {}).values()
    yield from (Path(each) for each in prefixes if each)
    yield from (each for each in vars(dataset).values() if isinstance(each, Path) and each.is_dir())


def _remote(config: Any) -> bool:
    """Whether files come from elsewhere than a disk: ``backend_args`` of the data set or of its pipeline."""
    if isinstance(config, Mapping):
        backend = (config.get("backend_args") or {}).get("backend", "local")
        return backend != "local" or any(map(_remote, config.values()))
    return isinstance(config, (list, tuple)) and any(map(_remote, config))


def _joined(role: str, parts: list[Split]) -> Split:
    if len(parts) == 1:
        return parts[0]
    return Split(
        role,
        parts[0].classes,
        tuple(record for part in parts for record in part.records),
        {path: reason for part in parts for path, reason in part.dropped.items()},
        tuple(file for part in parts for file in part.annotation_files),
        tuple(root for part in parts for root in part.roots) if all(part.roots for part in parts) else (),
        parts[0].ignore_index,
        all(part.plain_labels for part in parts),
        all(part.local for part in parts),
        all(part.inspectable for part in parts),
        examiner=parts[0].examiner,
    )

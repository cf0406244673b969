"""Checks of data sets, on a sample of the author's or on what they make themselves."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from segdet_kit.components import Dataset, Task
from segdet_kit.openmmlab.runtime import prepare
from segdet_kit.testing.build import openmmlab
from segdet_kit.testing.cases import DataCase
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.subject import Subject

LOOKED_AT = 20
IGNORED = 255


def reads_sample(subject: Subject, dataset: Dataset) -> None:
    """Each image loads, its labels are positions in ``classes``, and its boxes have an area."""
    case = (
        subject.case(dataset, DataCase)
        if _needs_root(dataset)
        else subject.case(dataset, DataCase, DataCase())
    )
    for task in dataset.tasks:
        stuff = dataset.stuff if task == "panoptic" else ()
        given = case.classes.get(task, ()) if isinstance(case.classes, Mapping) else case.classes
        classes = given or (*dataset.classes.get(task, ()), *stuff)
        if not classes:
            raise CheckFailure(
                f"{task}: {dataset.name!r} has no classes of its own, and the case gives none",
                "give DataCase(..., classes=(...))",
            )
        with openmmlab(task), TemporaryDirectory() as folder:
            root = {} if case.root is None else {"root": _folder(case.root, Path(folder))}
            _look(_read(dataset, case, task, classes, root), dataset, task, len(classes))


def _needs_root(dataset: Dataset) -> bool:
    prepare()
    module, _, name = dataset.target.partition(":")
    root = inspect.signature(getattr(import_module(module), name)).parameters.get("root")
    return root is not None and root.default is root.empty


def _folder(root: Path | str | Callable[[Path], None], empty: Path) -> str:
    if not callable(root):
        return str(root)
    root(empty)
    return str(empty)


def _read(
    dataset: Dataset, case: DataCase, task: Task, classes: tuple[str, ...], root: dict[str, str]
) -> Any:
    from mmengine.registry import DATASETS

    load: dict[str, Any] = {"type": "LoadAnnotations"}
    given: dict[str, Any] = {"task": task, "split": case.split, "classes": classes, "test_mode": False}
    if task == "panoptic":
        load = {"type": "segdet_kit.openmmlab.panoptic.LoadPanopticAnnotations"}
        given["stuff"] = dataset.stuff
    elif task != "semantic":
        load |= {"with_bbox": True, "with_mask": task == "instance"}
    pack = "PackSegInputs" if task == "semantic" else "PackDetInputs"
    return DATASETS.build(
        {
            "type": dataset.type,
            **dataset.defaults,
            **given,
            **(case.arguments or {}),
            **root,
            "pipeline": [{"type": "LoadImageFromFile"}, load, *map(dict, case.steps), {"type": pack}],
        }
    )


def _look(read: Any, dataset: Dataset, task: Task, classes: int) -> None:
    hint = f"mend what {dataset.target} reads, or the sample"
    if len(read) == 0:
        raise CheckFailure(f"{task}: no image is found", hint)
    labelled = False
    for index in range(min(len(read), LOOKED_AT)):
        sample = read[index]["data_samples"]
        if task == "semantic":
            labels = sample.gt_sem_seg.data
            labels = labels[labels != IGNORED]
        else:
            labels = sample.gt_instances.labels
            widths, heights = sample.gt_instances.bboxes.widths, sample.gt_instances.bboxes.heights
            if not ((widths > 0) & (heights > 0)).all():
                raise CheckFailure(f"{task}: {sample.img_path} has a box without an area", hint)
        if len(labels) and (labels.min() < 0 or labels.max() >= classes):
            raise CheckFailure(
                f"{task}: {sample.img_path} has labels {int(labels.min())} to {int(labels.max())} "
                f"of {classes} classes",
                "return labels that are positions in classes, from 0",
            )
        labelled |= len(labels) > 0
    if not labelled:
        raise CheckFailure(f"{task}: no image has a label", hint)

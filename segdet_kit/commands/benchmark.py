"""``segdet-kit benchmark``: how fast targets are, and which differences are more than noise."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segdet_kit.errors import KitError
from segdet_kit.files import write_whole
from segdet_kit.suggest import nearest
from segdet_kit.workload import Mode, Spec

if TYPE_CHECKING:
    from segdet_kit.benchmark.document import Document

WRITTEN = "segdet-kit benchmark TARGET... --json F writes one"


@dataclass(frozen=True)
class Asked:
    """What the command line asks for. Each sequence holds at least one value; all are crossed."""

    targets: Sequence[str]
    baseline: str | None
    mode: Mode
    runtimes: Sequence[str | None]
    batch_sizes: Sequence[int]
    sizes: Sequence[str | None]
    precisions: Sequence[str | None]
    devices: Sequence[str]
    threads: Sequence[int | None]
    with_accuracy: bool
    precision_goal: float
    max_time: float
    settings: Sequence[str]


def benchmark(asked: Asked, files: Mapping[str, Path | None]) -> tuple[str, bool]:
    """Return the table of what was measured, and whether no target failed. ``files``: where to write it as
    ``json``, ``csv``, ``markdown`` and ``html``.

    Raises ``KitError`` for a size or a baseline that is none, and where every target fails.
    """
    from segdet_kit.benchmark.measure import measure
    from segdet_kit.benchmark.pages import csv, html, markdown
    from segdet_kit.benchmark.summary import document
    from segdet_kit.benchmark.table import table

    specs = cross(asked)
    baseline = _baseline(specs, asked.baseline)
    started = datetime.now(timezone.utc)
    found = measure(
        specs, baseline, precision_goal=asked.precision_goal, max_time=asked.max_time, say=_progress
    )
    made = document(found, asdict(asked) | {"baseline": baseline}, started)
    writers = {"json": _json, "csv": csv, "markdown": markdown, "html": html}
    for form, path in files.items():
        if path:
            write_whole(path, writers[form](made).encode())
    return table(made), not made["failures"]


def compare(files: Sequence[str]) -> str:
    """Return what changed from one measurement to another: of two files that ``--json`` wrote.

    Raises ``KitError`` for another number of files, and for one that is no measurement.
    """
    from segdet_kit.benchmark.pages import compare as compared

    if len(files) != 2:
        raise KitError(
            f"two measurements are compared, and {len(files)} were named",
            "segdet-kit benchmark compare A.json B.json",
        )
    return compared(*(_read(Path(file)) for file in files))


def cross(asked: Asked) -> dict[str, Spec]:
    """Return a spec for each target and each of its settings, by a name that tells them apart.

    A target that is named twice is measured twice. Raises ``KitError`` for a size that is none.
    """
    cores = len(os.sched_getaffinity(0))
    axes = (asked.runtimes, asked.batch_sizes, asked.sizes, asked.precisions, asked.devices, asked.threads)
    several = [len(axis) > 1 for axis in axes]
    specs: dict[str, Spec] = {}
    for target in asked.targets:
        path, checkpoint = _split(target)
        for runtime, batch_size, size, precision, device, threads in product(*axes):
            told = (runtime, f"batch={batch_size}", size, precision, device, f"threads={threads or cores}")
            name = " ".join(
                [target, *(str(each) for each, varies in zip(told, several, strict=True) if varies)]
            )
            again = sum(re.fullmatch(rf"{re.escape(name)}( #\d+)?", other) is not None for other in specs)
            specs[f"{name} #{again + 1}" if again else name] = Spec(
                target=path,
                checkpoint=checkpoint,
                mode=asked.mode,
                runtime=runtime,
                batch_size=batch_size,
                size=_size(size),
                precision=precision,
                device=device,
                threads=threads or cores,
                settings=tuple(asked.settings),
                with_accuracy=asked.with_accuracy,
            )
    return specs


def _split(target: str) -> tuple[str, str | None]:
    """Return a target's path, and its weights where it is written ``CONFIG@CHECKPOINT``."""
    if "@" not in target or Path(target).exists():
        return target, None
    path, _, checkpoint = target.rpartition("@")
    return path, checkpoint


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)", text)
    if not found:
        raise KitError(f"{text} is no size", "write height and width in pixels: --size 480x640")
    return int(found[1]), int(found[2])


def _baseline(specs: Mapping[str, Spec], named: str | None) -> str:
    """Return the name of the baseline: the one that was named, or the first one of that target."""
    if named is None:
        return next(iter(specs))
    path, checkpoint = _split(named)
    for name, spec in specs.items():
        if name == named or (spec.target, spec.checkpoint) == (path, checkpoint):
            return name
    likely = nearest(named, specs) or next(iter(specs))
    raise KitError(f"the baseline {named} is not among the targets", f"name one of them, such as {likely}")


def _read(path: Path) -> Document:
    try:
        made: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise KitError(f"{path}: no such file", WRITTEN) from error
    except ValueError as error:
        raise KitError(f"{path} is no JSON: {error}", WRITTEN) from error
    if not isinstance(made, dict) or not {"machine", "targets", "comparisons"} <= made.keys():
        raise KitError(f"{path} is no measurement", WRITTEN)
    return made  # type: ignore[return-value]


def _json(made: Document) -> str:
    return json.dumps(made, indent=1) + "\n"


def _progress(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()

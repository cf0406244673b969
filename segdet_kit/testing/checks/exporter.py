"""Checks of exporters, on a small graph: what is written computes what torch computes, in its runtime."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from segdet_kit.components import Exporter, Runtime
from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.graph import Graph
from segdet_kit.openmmlab.runtimes import device_of, make
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.subject import Subject

TOLERANCES = {"fp32": 1e-4, "bf16": 1e-2, "fp16": 1e-2, "int8": 5e-2}
"""Absolute and relative, by what an artifact computes in."""
OTHER_SIZES = ((1, 24, 40), (3, 33, 17))
"""Number, height and width of batches that the graph must take besides its example."""


class Small(nn.Module):
    """Two outputs of a batch of images: a map (N, 4, H, W), and the mean of each of its channels (N, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return both. ``images``: uint8 (N, H, W, 3)."""
        found = self.convolution(images.permute(0, 3, 1, 2).float() / 255).sigmoid()
        return found, found.mean((2, 3))


def equals_torch(subject: Subject, exporter: Exporter) -> None:
    """Its runtime finds what torch finds, for the example and for other sizes and numbers of images."""
    runtime = subject.catalog.get(Runtime, exporter.runtime)
    if not {*exporter.formats} & {*runtime.runs}:
        raise CheckFailure(
            f"runtime {runtime.name!r} does not run the files {', '.join(exporter.formats)}",
            "name in runtime one that does, or offer one by register_runtimes",
        )
    compare(exporter, runtime, exporter.target)


def compare(exporter: Exporter, runtime: Runtime, blamed: str) -> None:
    """Write a small graph, move it and run it. Raises ``CheckFailure`` where it differs from torch.

    Where the runtime's device is missing, both must say so.
    """
    graph = _graph()
    try:
        device = device_of(runtime, "auto")
    except KitError:
        refuses(lambda folder: make(exporter).write(graph, folder), exporter.target)
        refuses(lambda folder: make(runtime).load(folder, torch.device("cuda")), runtime.target)
        return
    with _moved(graph, exporter) as folder:
        run = make(runtime).load(folder, device)
        for size in (graph.images.shape[:3], *OTHER_SIZES):
            images = torch.randint(0, 256, (*size, 3), dtype=torch.uint8)
            with torch.no_grad():
                expected = [output.numpy() for output in graph.module(images)]
            found = [np.asarray(output) for output in run(images.numpy())]
            _compare(expected, found, TOLERANCES[exporter.precision], blamed)


def refuses(attempt: Callable[[Path], object], blamed: str) -> None:
    """Raise ``CheckFailure`` unless what is tried in an empty folder raises ``KitError`` with a hint."""
    with TemporaryDirectory() as folder:
        try:
            attempt(Path(folder))
        except KitError as error:
            if error.hint:
                return
    raise CheckFailure(
        "the device that it needs is missing here, and it does not say so",
        f"raise KitError with a hint in {blamed}",
    )


def _compare(expected: list[Any], found: list[Any], tolerance: float, blamed: str) -> None:
    if len(expected) != len(found):
        raise CheckFailure(
            f"the graph has {len(expected)} outputs, the artifact {len(found)}", f"mend {blamed}"
        )
    for index, (ours, theirs) in enumerate(zip(expected, found, strict=True)):
        if ours.shape != theirs.shape or not np.allclose(ours, theirs, tolerance, tolerance):
            gap = np.abs(ours - theirs).max() if ours.shape == theirs.shape else theirs.shape
            raise CheckFailure(f"output {index} is not torch's: {gap}", f"mend {blamed}")


def _graph() -> Graph:
    return Graph(
        module=Small().eval(),
        images=torch.randint(0, 256, (2, 16, 32, 3), dtype=torch.uint8),
        outputs=("map", "mean"),
        dynamic=(0, 1, 2),
        metadata={"segdet_kit.task": '"semantic"'},
        calibration=lambda: torch.randint(0, 256, (8, 1, 16, 32, 3), dtype=torch.uint8).unbind(),
    )


@contextmanager
def _moved(graph: Graph, exporter: Exporter) -> Iterator[Path]:
    """Where an artifact was moved to: the kit renames the folder when it is whole."""
    with TemporaryDirectory() as folder:
        written, moved = Path(folder, "written"), Path(folder, "moved")
        written.mkdir()
        make(exporter).write(graph, written)
        if not any(path.is_file() for path in written.rglob("*")):
            raise CheckFailure("nothing was written", "let write(graph, folder) write files into the folder")
        shutil.move(written, moved)
        yield moved

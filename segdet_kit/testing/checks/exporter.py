"""Checks of exporters, on the author's model and runner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from segdet_kit.components import Exporter
from segdet_kit.testing.cases import ExportCase
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.subject import Subject

TOLERANCE = 1e-4
PLACES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Where the artifact is damaged, as fractions of its length."""


def equals_torch(subject: Subject, exporter: Exporter) -> None:
    """What runs the artifact finds what torch finds."""
    case = subject.case(exporter, ExportCase)
    with _artifact(case) as path, torch.no_grad():
        expected, found = _arrays(case.model(*case.inputs)), _arrays(case.run(path, *case.inputs))
    if len(expected) != len(found):
        raise CheckFailure(
            f"the model has {len(expected)} outputs, the artifact {len(found)}", f"mend {exporter.target}"
        )
    for index, (ours, theirs) in enumerate(zip(expected, found, strict=True)):
        if ours.shape != theirs.shape or not np.allclose(ours, theirs, TOLERANCE, TOLERANCE):
            gap = np.abs(ours - theirs).max() if ours.shape == theirs.shape else theirs.shape
            raise CheckFailure(
                f"output {index} is not torch's: {gap}", f"mend {exporter.target}, or what runs the artifact"
            )


def refuses_damage(subject: Subject, exporter: Exporter) -> None:
    """A byte that is changed anywhere in the artifact is noticed when it is read."""
    case = subject.case(exporter, ExportCase)
    with _artifact(case) as path:
        whole = path.read_bytes()
        for place in PLACES:
            at = int(len(whole) * place)
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
            if _runs(case, path):
                raise CheckFailure(
                    f"an artifact whose byte {at} of {len(whole)} was changed still runs",
                    "write a checksum beside the artifact or into it, and compare it before running",
                )


def _runs(case: ExportCase, path: Path) -> bool:
    try:
        case.run(path, *case.inputs)
    except Exception:  # noqa: BLE001 - each runtime refuses with errors of its own
        return False
    return True


@contextmanager
def _artifact(case: ExportCase) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "artifact")
        case.write(case.model, path)
        if not path.is_file():
            raise CheckFailure("nothing was written", "let write(model, path) write the file of that path")
        yield path


def _arrays(outputs: Any) -> list[Any]:
    outputs = outputs if isinstance(outputs, (tuple, list)) else [outputs]
    return [np.asarray(output.cpu() if isinstance(output, torch.Tensor) else output) for output in outputs]

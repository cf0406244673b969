"""``segdet-kit compare``: tested runs side by side, and which differences are more than noise."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segdet_kit.commands.test import PER_IMAGE
from segdet_kit.errors import DataError, KitError
from segdet_kit.files import write_whole
from segdet_kit.reports.table import aligned, finite

if TYPE_CHECKING:
    from segdet_kit.scoring.comparison import Difference
    from segdet_kit.scoring.per_image import Judged

FEW = 30
"""Below so many images, intervals of a bootstrap are too narrow."""


def compare(runs: Sequence[str], json_file: Path | None) -> str:
    """Return the table of all runs, and of each one's differences to the first.

    Raises ``KitError`` for fewer than two runs, for one that was not tested, and where images or classes
    differ.
    """
    if len(runs) < 2:
        raise KitError("one run alone compares with nothing", "name two run folders or more")
    tested = [_read(Path(run)) for run in runs]
    for run, other in zip(runs[1:], tested[1:], strict=True):
        _check_same(runs[0], tested[0], run, other)

    import numpy as np

    from segdet_kit.scoring.comparison import compare as differences
    from segdet_kit.scoring.comparison import scores

    once = np.ones((1, len(tested[0].images)))
    values = [{name: float(value[0]) for name, value in scores(each, once).items()} for each in tested]
    found = [differences(tested[0], other) for other in tested[1:]]
    if json_file:
        document = _document(runs, tested[0], values, found)
        write_whole(json_file, (json.dumps(document, indent=2) + "\n").encode())
    return "\n".join(_lines(runs, len(tested[0].images), values, found))


def _read(run: Path) -> Judged:
    from segdet_kit.scoring.per_image import from_document

    path = run / PER_IMAGE
    if not path.is_file():
        raise KitError(
            f"{run} has no {PER_IMAGE.as_posix()}: it was not tested yet",
            f"segdet-kit test {run}",
        )
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is no JSON: {error}", f"write it anew: segdet-kit test {run}") from error
    return from_document(document, str(path))


def _check_same(run: str, one: Judged, other_run: str, other: Judged) -> None:
    if one.classes != other.classes:
        raise DataError(
            f"{run} and {other_run} have other classes: "
            f"{', '.join(one.classes)}; and {', '.join(other.classes)}",
            "only scores of the same classes can be compared",
        )
    first, second = ({(image.name, image.truth) for image in each.images} for each in (one, other))
    if first != second or len(one.images) != len(other.images):
        lone = sorted(first ^ second)
        names = ", ".join(dict.fromkeys(name for name, _ in lone[:3]))
        raise DataError(
            f"{run} and {other_run} were tested on other images or labels, such as {names}",
            "test both on the same images: segdet-kit test RUN --set test_dataloader.dataset.root=FOLDER",
        )
    if one.measure != other.measure:
        raise DataError(
            f"{run} is scored by its images' {one.measure}, {other_run} by their {other.measure}",
            "compare like with like",
        )


def _lines(
    runs: Sequence[str],
    images: int,
    values: Sequence[Mapping[str, float]],
    found: Sequence[Mapping[str, Difference]],
) -> list[str]:
    names = [name for name in values[0] if all(name in each for each in values)]
    rows = [[name, *(f"{each[name]:.4f}" for each in values)] for name in names]
    lines = aligned([[f"{images} images", *runs], *rows])
    for run, differences in zip(runs[1:], found, strict=True):
        rows = [
            [name, f"{d.value:+.4f}", f"{d.low:+.4f} to {d.high:+.4f}", d.verdict]
            for name, d in differences.items()
        ]
        lines += ["", f"{run} against {runs[0]}"]
        lines += aligned([["", "difference", "95 % interval", "verdict"], *rows])
    lines += ["", "noise: the choice of test images explains the difference"]
    if images < FEW:
        lines.append(f"only {images} images: the intervals are too narrow")
    return lines


def _document(
    runs: Sequence[str],
    tested: Judged,
    values: Sequence[Mapping[str, float]],
    found: Sequence[Mapping[str, Difference]],
) -> dict[str, Any]:
    return {
        "images": len(tested.images),
        "classes": list(tested.classes),
        "runs": [{"run": run, "metrics": finite(each)} for run, each in zip(runs, values, strict=True)],
        "comparisons": [
            {
                "run": run,
                "against": runs[0],
                "differences": {name: _of_difference(each) for name, each in differences.items()},
            }
            for run, differences in zip(runs[1:], found, strict=True)
        ],
    }


def _of_difference(difference: Difference) -> dict[str, Any]:
    values = asdict(difference)
    verdict = values.pop("verdict")
    return {**finite(values), "verdict": verdict}

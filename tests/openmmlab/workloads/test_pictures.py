from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.datasets import Split
from segdet_kit.openmmlab.workloads import pictures as module
from segdet_kit.openmmlab.workloads.pictures import MOST, Batches, pictures


def split(monkeypatch: pytest.MonkeyPatch, records: list[dict[str, Any]]) -> None:
    monkeypatch.setattr(module, "read_splits", lambda _: [Split("test", records=tuple(records))])


def test_a_large_split_is_sampled_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    split(monkeypatch, [{"img_path": f"{number}.png"} for number in range(10 * MOST)])
    assert pictures({}) == [Path(f"{10 * number}.png") for number in range(MOST)]


def test_a_split_that_tells_of_no_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    split(monkeypatch, [{"video": 1}])
    with pytest.raises(KitError, match="tells of no image file"):
        pictures({})


def test_batches_never_end() -> None:
    batches = Batches([Path("a"), Path("b"), Path("c")], 2)
    assert ["".join(map(str, next(batches))) for _ in range(4)] == ["ab", "ca", "bc", "ab"]

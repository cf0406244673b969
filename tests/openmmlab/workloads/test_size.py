from __future__ import annotations

from typing import Any

import pytest

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.workloads.size import with_size


def config(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"test_dataloader": {"dataset": {"pipeline": list(steps)}}}


def test_images_are_resized_and_padded_to_another_size() -> None:
    before = config(
        {"type": "LoadImageFromFile"},
        {"type": "mmdet.Resize", "scale": (640, 640), "keep_ratio": True},
        {"type": "Pad", "size": (640, 640), "pad_val": 114},
        {"type": "Pad", "size_divisor": 32},
    )
    steps = with_size(before, (320, 480))["test_dataloader"]["dataset"]["pipeline"]
    assert steps[1] == {"type": "mmdet.Resize", "scale": (480, 320), "keep_ratio": True}
    assert steps[2]["size"] == (480, 320)
    assert steps[3] == {"type": "Pad", "size_divisor": 32}
    assert before["test_dataloader"]["dataset"]["pipeline"][1]["scale"] == (640, 640)


@pytest.mark.parametrize("steps", [[], [{"type": "Resize", "scale_factor": 0.5}]])
def test_a_pipeline_without_a_size_is_refused(steps: list[dict[str, Any]]) -> None:
    with pytest.raises(KitError, match="no Resize with a scale"):
        with_size(config(*steps), (320, 320))

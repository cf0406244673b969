from __future__ import annotations

from typing import Any

import pytest
from mmengine.registry import MODELS

from segdet_kit.openmmlab.workloads import open_workload
from segdet_kit.workload import Spec


@pytest.mark.usefixtures("counted")
def test_the_loader_alone_is_measured(
    detector_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MODELS, "build", None)  # no model is built
    workload = open_workload(Spec("it", mode="data", batch_size=3), detector_config, None)
    assert workload.images_per_step == 3
    for _ in range(3):  # two batches are an epoch
        assert workload.step() == {"data": 1, "total": 1}
    assert workload.facts["workers"] == 0

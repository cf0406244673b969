"""Another image size for a config that no recipe stands behind."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from segdet_kit.errors import KitError


def with_size(config: Mapping[str, Any], size: tuple[int, int]) -> dict[str, Any]:
    """Return the config with a test pipeline that resizes images to fit into ``size`` (height, width).

    ``Resize`` steps get another ``scale``, and ``Pad`` steps of a fixed ``size`` another one. Raises
    ``KitError`` where there is no ``Resize`` with a scale.
    """
    height, width = size
    resized = copy.deepcopy(dict(config))
    steps = ((resized.get("test_dataloader") or {}).get("dataset") or {}).get("pipeline") or ()
    scaled = [step for step in steps if step["type"].endswith("Resize") and step.get("scale")]
    if not scaled:
        raise KitError(
            "the test pipeline has no Resize with a scale, so --size cannot change it",
            "change the config's test_dataloader.dataset.pipeline instead",
        )
    for step in scaled:
        step["scale"] = (width, height)
    for step in steps:
        if step["type"] == "Pad" and step.get("size"):
            step["size"] = (width, height)
    return resized

"""Building a component as a run builds it, on the CPU, leaving OpenMMLab's state as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from segdet_kit.components import Component, Task, toolbox
from segdet_kit.openmmlab.runtime import prepare


@contextmanager
def openmmlab(task: Task) -> Iterator[None]:
    """Prepare OpenMMLab for a task, with random numbers seeded, and give both back at the end."""
    prepare()
    from mmengine.logging import MMLogger

    from segdet_kit.openmmlab.sampling import seeded
    from segdet_kit.openmmlab.state import isolated

    with isolated("cpu", toolbox(task)), seeded(0, 0):
        MMLogger.get_instance("conformance", log_level="ERROR")  # each weight's origin would be printed
        yield


def build(component: Component, **arguments: Any) -> Any:
    """Build the target with its defaults and ``arguments``, through mmengine, inside ``openmmlab``."""
    from mmengine.registry import MODELS

    return MODELS.build({"type": component.type, **component.defaults, **arguments})

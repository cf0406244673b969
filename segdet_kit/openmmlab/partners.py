"""Other samples for the augmentations that join several into one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from segdet_kit.errors import DataError

TRIES = 100


class Partner:
    """Draws samples of a data set of mmengine's, and takes them through ``steps``."""

    def __init__(self, dataset: Any, steps: Sequence[Callable[[dict[str, Any]], Any]]) -> None:
        self.dataset = dataset
        self.steps = steps

    def __call__(self) -> dict[str, Any]:
        """Return a sample; which one, ``np.random`` says.

        Raises ``DataError`` where the steps refuse a hundred in a row.
        """
        for _ in range(TRIES):
            sample = self.dataset.get_data_info(np.random.randint(len(self.dataset)))
            for step in self.steps:
                sample = step(sample)
                if sample is None:
                    break
            else:
                return sample
        raise DataError(f"{TRIES} samples in a row are refused by the steps of the pipeline before mixing")


def give_partners(dataset: Any) -> None:
    """Set ``partner`` of each step of the data set's pipeline that has such an attribute.

    Its samples come through the steps before it, other mixing among them.
    """
    steps = dataset.pipeline.transforms
    for position, step in enumerate(steps):
        if hasattr(step, "partner"):
            step.partner = Partner(dataset, steps[:position])

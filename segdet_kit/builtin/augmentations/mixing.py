"""What all augmentations share that join several samples into one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from segdet_kit.errors import KitError


class MixingTransform(BaseTransform):
    """Base of what joins other samples of the training data to one.

    A subclass says in ``mix`` how. ``partner()`` returns another sample, drawn from ``np.random``, as it
    is when it comes to this step: loaded, resized, and changed by the augmentations before. The
    training data set of the kit puts it there. ``prob``: how often, 0..1. Raises ``KitError`` where
    nobody put a partner.
    """

    partner: Callable[[], dict[str, Any]] | None = None

    def __init__(self, prob: float) -> None:
        self.prob = prob

    @abstractmethod
    def mix(self, results: dict[str, Any], partner: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Join ``results`` with what ``partner()`` returns each time; ``results`` may be changed."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Mix with probability ``prob``."""
        if np.random.random() >= self.prob:
            return results
        if self.partner is None:
            raise KitError(
                f"{type(self).__name__} has no other samples to mix in",
                "name it in a recipe's augmentations: training by a recipe provides them",
            )
        return self.mix(results, self.partner)

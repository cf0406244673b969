"""Training samples as a function of their number alone.

Sample ``n`` of a training is fixed by the seed: which image it is, and how it is augmented. So
neither the number of workers nor a restart in the middle of an epoch changes what a model sees.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_dist_info
from mmengine.registry import DATASETS
from torch.utils.data import Dataset, Sampler

from segdet_kit.openmmlab.partners import give_partners


class ResumableSampler(Sampler[int]):
    """Yields the numbers ``n = epoch * len(dataset) + k`` of an epoch's samples.

    Of several processes each takes every ``world_size``-th number. Where the data set does not
    divide, the epoch is padded with its own first samples, so that all processes take as many.
    Which image a number is, and so the order, is ``SeededDataset``'s to say. ``seed`` is not used:
    mmengine hands one to every sampler.
    """

    def __init__(self, dataset: Sized, seed: int | None = None) -> None:
        self.rank, self.world_size = get_dist_info()
        self.size = len(dataset)
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next: mmengine's hook does so before each."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        for k in range(self.rank, self._padded, self.world_size):
            yield self.epoch * self.size + k % self.size

    def __len__(self) -> int:
        return self._padded // self.world_size

    @property
    def _padded(self) -> int:
        return -(-self.size // self.world_size) * self.world_size


class SeededDataset(Dataset[Any]):
    """Wraps a data set so that item ``n`` is the same whoever asks for it, and whenever.

    ``n`` counts on over the epochs: epoch ``e`` of a data set of ``N`` images holds ``e * N`` to
    ``(e + 1) * N - 1``. Each epoch has a permutation of its own, drawn from ``seed`` and ``e``;
    each item seeds Python's, numpy's and torch's generators from ``seed`` and ``n`` for its
    pipeline, and gives them back as they were. Augmentations that mix samples draw the others there too.
    """

    def __init__(self, dataset: Any, seed: int, shuffle: bool = True) -> None:
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        self.seed = seed
        self.shuffle = shuffle
        if hasattr(self.dataset, "pipeline"):
            give_partners(self.dataset)
        self._order: tuple[int, list[int]] = (-1, [])

    def full_init(self) -> None:
        """Read the annotations, if the data set waits for being told so."""
        if hasattr(self.dataset, "full_init"):
            self.dataset.full_init()

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, n: int) -> Any:
        epoch, k = divmod(n, len(self))
        with seeded(self.seed, n):
            return self.dataset[self._permutation(epoch)[k]]

    def __getattr__(self, name: str) -> Any:
        # What hooks and metrics ask of mmengine's data sets: metainfo, get_data_info, pipeline...
        if name == "dataset" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.dataset, name)

    def _permutation(self, epoch: int) -> list[int]:
        if self._order[0] != epoch:
            generator = np.random.default_rng([self.seed, epoch])
            order = generator.permutation(len(self)) if self.shuffle else np.arange(len(self))
            self._order = epoch, order.tolist()
        return self._order[1]


@contextmanager
def seeded(seed: int, n: int) -> Iterator[None]:
    """Seed Python's, numpy's and torch's CPU generators by ``(seed, n)``, and restore them at the end."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    words = np.random.SeedSequence([seed, n]).generate_state(4)
    random.seed(int(words[0]))
    np.random.seed(words[1])
    # Not torch.manual_seed, which also seeds every CUDA device: its states would not come back.
    torch.default_generator.manual_seed(int(words[2]) << 32 | int(words[3]))
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from segdet_kit.openmmlab import sampling
from segdet_kit.openmmlab.sampling import ResumableSampler, SeededDataset


class Drawing:
    """Items that draw from all three generators, as augmentations do."""

    metainfo = {"classes": ("box",)}  # noqa: RUF012

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return index, random.random(), float(np.random.rand()), float(torch.rand(()))

    def get_data_info(self, index):
        return {"index": index}


def numbers(size: int, rank: int, world_size: int, epoch: int) -> list[int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "get_dist_info", lambda: (rank, world_size))
        sampler = ResumableSampler(range(size))
        sampler.set_epoch(epoch)
        return list(sampler)


@given(st.integers(1, 40), st.integers(0, 5))
def test_an_epoch_holds_each_image_once(size, epoch):
    dataset = SeededDataset(Drawing(size), seed=3)
    assert sorted(dataset[n][0] for n in numbers(size, 0, 1, epoch)) == list(range(size))


@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 3))
def test_processes_share_an_epoch_and_take_equally_many(size, world_size, epoch):
    shares = [numbers(size, rank, world_size, epoch) for rank in range(world_size)]
    assert {len(share) for share in shares} == {-(-size // world_size)}
    assert {n for share in shares for n in share} == set(range(epoch * size, (epoch + 1) * size))


def test_every_epoch_and_every_seed_has_an_order_of_its_own():
    def order(seed, epoch):
        dataset = SeededDataset(Drawing(30), seed)
        return tuple(dataset[n][0] for n in range(epoch * 30, epoch * 30 + 30))

    assert len({order(0, 0), order(0, 1), order(1, 0), order(1, 1)}) == 4


def test_without_shuffling_the_order_is_the_data_sets():
    dataset = SeededDataset(Drawing(5), seed=0, shuffle=False)
    assert [dataset[n][0] for n in range(5, 10)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("workers", [1, 2])
def test_samples_do_not_depend_on_workers(workers):
    dataset = SeededDataset(Drawing(12), seed=5)

    def epoch(num_workers):
        loader = DataLoader(dataset, 4, sampler=ResumableSampler(dataset), num_workers=num_workers)
        return [batch.tolist() for row in loader for batch in row]

    assert epoch(workers) == epoch(0)


def test_drawing_a_sample_leaves_the_generators_of_the_process_as_they_were():
    def draw():
        return random.random(), np.random.rand(), float(torch.rand(()))

    dataset = SeededDataset(Drawing(4), seed=1)
    torch.manual_seed(0), np.random.seed(0), random.seed(0)
    expected = draw()
    torch.manual_seed(0), np.random.seed(0), random.seed(0)
    dataset[2]
    assert draw() == expected


def test_samples_differ_between_epochs_in_each_generator():
    dataset = SeededDataset(Drawing(1), seed=1)
    assert all(first != second for first, second in zip(dataset[0][1:], dataset[1][1:], strict=True))


def test_what_hooks_ask_of_a_data_set_is_answered_by_the_inner_one():
    dataset = SeededDataset(Drawing(3), seed=0)
    assert dataset.metainfo == {"classes": ("box",)}
    assert dataset.get_data_info(2) == {"index": 2}
    assert len(dataset) == 3
    with pytest.raises(AttributeError, match="no_such"):
        _ = dataset.no_such

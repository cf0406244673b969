"""Mixing draws its other samples by the number of the sample, through the steps before it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mmengine.dataset import BaseDataset
from torch.utils.data import DataLoader

from segdet_kit.errors import DataError
from segdet_kit.openmmlab.partners import Partner
from segdet_kit.openmmlab.sampling import ResumableSampler, SeededDataset

SIZE = 12


class Numbers(BaseDataset):
    """Samples that hold their number."""

    def load_data_list(self) -> list[dict[str, Any]]:
        return [{"number": [index]} for index in range(SIZE)]


class Note:
    """Notes a name and something random."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        results["number"].append((self.name, float(np.random.rand())))
        return results


class Join:
    """Appends two partners."""

    partner = None

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        results["number"] += [self.partner()["number"], self.partner()["number"]]
        return results


class Refuse:
    def __call__(self, results: dict[str, Any]) -> None:
        return None


def seeded_data(seed: int = 0, *steps: Any) -> SeededDataset:
    steps = steps or (Note("before"), Join(), Note("after"))
    return SeededDataset(Numbers(pipeline=list(steps)), seed)


def drawn(dataset: SeededDataset, n: int) -> Any:
    return dataset[n]["number"]


def test_a_partner_came_through_the_steps_before_and_no_others() -> None:
    number, before, first, second, after = drawn(seeded_data(), 0)
    assert (before[0], after[0]) == ("before", "after")
    for partner in (first, second):
        assert partner[0] in range(SIZE)
        assert [name for name, _ in partner[1:]] == ["before"]
    assert len({before[1], first[1][1], second[1][1]}) == 3
    assert number in range(SIZE)


def test_mixing_before_mixing_mixes_the_partners_too() -> None:
    *_, first, second = drawn(seeded_data(0, Join(), Join()), 0)
    assert [len(first), len(second)] == [3, 3]


def test_all_samples_are_drawn_as_partners() -> None:
    dataset = seeded_data()
    assert {partner[0] for n in range(5 * SIZE) for partner in drawn(dataset, n)[2:4]} == set(range(SIZE))


def test_a_mixed_sample_is_the_same_whoever_asks_and_whenever() -> None:
    forwards, backwards, other = seeded_data(), seeded_data(), seeded_data(1)
    numbers = range(3 * SIZE)
    expected = [drawn(forwards, n) for n in numbers]
    assert [drawn(backwards, n) for n in reversed(numbers)] == expected[::-1]
    assert [drawn(other, n) for n in numbers] != expected


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_workers_mix_the_same_samples(start_method: str) -> None:
    dataset = seeded_data()
    loader = DataLoader(
        dataset,
        batch_size=3,
        sampler=ResumableSampler(dataset),
        num_workers=2,
        collate_fn=list,
        multiprocessing_context=start_method,
    )
    assert [each["number"] for batch in loader for each in batch] == [drawn(dataset, n) for n in range(SIZE)]


def test_a_pipeline_that_refuses_every_sample_is_told() -> None:
    partner = Partner(Numbers(pipeline=[]), [Refuse()])
    with pytest.raises(DataError, match="100 samples in a row are refused"):
        partner()

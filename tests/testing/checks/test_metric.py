from __future__ import annotations

from typing import Any

import pytest

from segdet_kit.testing import DataCase, HandCase
from tests.testing.conftest import Judge

RIGHT = "right on the hand case"
ORDER = "indifferent to batch order"
SHARDS = "indifferent to sharding"
OFFER = """
@hookimpl
def register_metrics():
    return [Metric(name='share', target='made_parts:Share', summary='share', tasks=('semantic',),
                   reads=('label-map',), best='made/share')]
"""
SHARE = """
from mmengine.evaluator import BaseMetric

class Share(BaseMetric):
    default_prefix = 'made'

    def process(self, data_batch, data_samples):
        for sample in data_samples:
            self.results.append((sample['right'], sample['all']))

    def compute_metrics(self, results):
        right, whole = (sum(column) for column in zip(*results))
        return {'share': right / whole, 'per_class': {'first': {'share': 1.0}}}
"""
SAMPLES = [{"right": 1, "all": 2}, {"right": 0, "all": 6}, {"right": 3, "all": 8}]
CASE = HandCase(SAMPLES, {"made/share": 4 / 16})


@pytest.mark.parametrize("title", [RIGHT, ORDER, SHARDS])
def test_a_metric_that_counts_over_all_samples_passes(judge: Judge, title: str) -> None:
    assert judge(title, OFFER, SHARE, {"share": CASE}) == ""
    assert judge(title, OFFER, SHARE, {"metric/share": CASE}) == ""


OWN_TOTAL = SHARE.replace(
    "self.results.append((sample['right'], sample['all']))",
    "self.results.append(0)\n"
    "            self.kept = [*getattr(self, 'kept', []), (sample['right'], sample['all'])]",
).replace("zip(*results)", "zip(*self.kept)")
MEAN_OF_BATCHES = SHARE.replace(
    "for sample in data_samples:\n            self.results.append((sample['right'], sample['all']))",
    "shares = [sample['right'] / sample['all'] for sample in data_samples]\n"
    "        self.results += [(sum(shares) / len(shares), 1)]",
)


@pytest.mark.parametrize(
    ("title", "parts", "said"),
    [
        (RIGHT, SHARE.replace("right / whole", "right / (whole + 1)"), "made/share is 0.235"),
        (
            RIGHT,
            SHARE.replace("'share': right", "'part': right"),
            "made/share not among the values made/part",
        ),
        (ORDER, SHARE.replace("right / whole", "results[0][0] / results[0][1]"), "last sample first"),
        (ORDER, MEAN_OF_BATCHES, "in two batches, last sample first"),
        (SHARDS, OWN_TOTAL, "AttributeError"),
        (SHARDS, SHARE.replace("right / whole", "results[1][0] / results[1][1]"), "from two processes"),
    ],
)
def test_a_metric_that_is_wrong_is_caught(judge: Judge, title: str, parts: str, said: str) -> None:
    assert said in judge(title, OFFER, parts, {"share": CASE})


@pytest.mark.parametrize("cases", [{}, {"share": DataCase()}, {"other": CASE}])
def test_a_metric_without_a_hand_case_says_how_to_add_one(judge: Judge, cases: dict[str, Any]) -> None:
    said = judge(RIGHT, OFFER, SHARE, cases)
    assert "there is no HandCase for metric 'share'" in said
    assert 'conformance("made", cases={"share": HandCase(...)})' in said


def test_a_case_of_one_sample_is_too_little(judge: Judge) -> None:
    case = HandCase(SAMPLES[:1], {"made/share": 0.5})
    assert "give two samples or more" in judge(RIGHT, OFFER, SHARE, {"share": case})


def test_a_plugin_may_name_its_own_cases(judge: Judge) -> None:
    """The command line, which is given no cases, finds them so."""
    hooks = OFFER + "\nconformance_cases = 'made_parts:cases'\n"
    parts = f"{SHARE}\n\ndef cases():\n    from segdet_kit.testing import HandCase\n"
    parts += f"    return {{'share': HandCase({SAMPLES!r}, {{'made/share': 0.25}})}}\n"
    assert judge(RIGHT, hooks, parts) == ""
    assert "by hand 0.25" in judge(RIGHT, hooks, parts.replace("right / whole", "right"))

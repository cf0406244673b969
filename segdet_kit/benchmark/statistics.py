"""Whether one target is faster than another, or noise explains it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, t

from segdet_kit.benchmark.document import Verdict

Floats = npt.NDArray[np.float64]

CONFIDENCE = 0.99
"""Of all intervals of a benchmark together."""
RESAMPLES = 10_000


@dataclass(frozen=True)
class Interval:
    """A ratio and where it lies. ``verdict`` takes the ratio for one of speeds: above 1 is faster."""

    ratio: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """Return its width as a part of the ratio."""
        return (self.high - self.low) / self.ratio

    @property
    def verdict(self) -> Verdict:
        """Return what it shows: a difference only where 1 lies outside."""
        if self.low > 1:
            return "faster"
        return "slower" if self.high < 1 else "no difference shown"


def ratios(baseline: Floats, target: Floats) -> Floats:
    """Return the logarithm of each round's ratio of speeds, from seconds (rounds, turns) of both.

    In a turn both do the same steps, one after the other, so that what slows the machine slows both. The
    round's ratio is the median of its turns: a turn that something else disturbed counts as one, however long
    it took.
    """
    return np.asarray(np.median(np.log(baseline / target), axis=1))


def interval(logs: Floats, comparisons: int = 1) -> Interval:
    """Return the geometric mean of ratios and its interval, from their logarithms (rounds,), two at least.

    A percentile bootstrap over rounds (Efron and Tibshirani 1993). Of few rounds it is too narrow, so its
    ends are moved away from the mean by as much as Student's t is wider than the normal distribution, and by
    sqrt(n / (n - 1)) (after Hesterberg 2015, The American Statistician 69:371, who widens the level).
    Bonferroni: each of so many ``comparisons`` takes an equal share of the errors allowed.
    """
    rounds = len(logs)
    tail = (1 - CONFIDENCE) / comparisons / 2
    mean = logs.mean()
    ends = np.quantile(_resamples(rounds) @ logs, [tail, 1 - tail]) - mean
    wider = t.ppf(1 - tail, rounds - 1) / norm.ppf(1 - tail) * np.sqrt(rounds / (rounds - 1))
    low, high = np.exp(mean + ends * wider)
    return Interval(float(np.exp(mean)), float(low), float(high))


@lru_cache
def _resamples(rounds: int) -> Floats:
    """Return the share of each round in each resample, (resamples, rounds): rounds drawn with replacement."""
    drawn = np.random.default_rng(0).multinomial(rounds, np.full(rounds, 1 / rounds), size=RESAMPLES)
    return np.asarray(drawn / rounds)

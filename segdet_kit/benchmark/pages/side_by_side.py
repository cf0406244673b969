"""Two benchmarks of other days or machines, and what else than the targets can have made them differ."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import ttest_ind

from segdet_kit.benchmark.document import Document, Target
from segdet_kit.benchmark.pages.wording import number, plain, ratio
from segdet_kit.benchmark.statistics import CONFIDENCE, Interval
from segdet_kit.reports.table import aligned

OWN = ("checkpoint", "runtime", "mode", "batch_size", "size", "precision", "device", "threads")
"""What of a target can differ although its name does not."""
FACTS = ("weights", "parameters", "flops")
INCIDENTAL = frozenset({"started", "seconds", "rounds", "steps", "stopped"})
"""Settings that say how a benchmark went, not how it was made."""


def compare(first: Document, second: Document) -> str:
    """Return what differs between two benchmarks, then how many times as fast each target became.

    The intervals come from the rounds of both (Welch's, on the logarithm of each round's median), and hold
    together. They know nothing of what changed for a whole benchmark, so beside each verdict stands what else
    is known to have changed, or that something may have.
    """
    differing = _differing(first, second)
    lines = ["differs:" if differing else "nothing that was written down differs"]
    lines += [f"  {line}" for line in aligned([["", "first", "second"], *differing])] if differing else []
    lines += ["", *_speeds(first, second), *_lonely(first, second), *_turns(first, second), ""]
    lines.append(
        "The two benchmarks did not take turns. What drifted between them, such as temperature or other "
        "programs, counts in these ratios as if it were the targets'. To be sure, measure in one."
    )
    return "\n".join(lines)


def _differing(first: Document, second: Document) -> list[list[str]]:
    """Return rows of what differs: its name, and both values."""
    parts: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = [
        ("machine: ", first["machine"], second["machine"]),
        ("version of ", first["versions"], second["versions"]),
        ("setting ", first["settings"], second["settings"]),
    ]
    for one, other in _pairs(first, second):
        parts.append((f"{one['name']}: ", _circumstances(one), _circumstances(other)))
    rows = []
    for prefix, left, right in parts:
        for key in dict.fromkeys(chain(left, right)):
            if key not in INCIDENTAL and left.get(key) != right.get(key):
                rows.append([f"{prefix}{key}", *(plain(side.get(key, "–")) for side in (left, right))])
    return rows


def _circumstances(target: Target) -> dict[str, Any]:
    values: Mapping[str, Any] = target
    return {key: values[key] for key in OWN} | {key: target["facts"].get(key) for key in FACTS}


def _pairs(first: Document, second: Document) -> list[tuple[Target, Target]]:
    others = {target["name"]: target for target in second["targets"]}
    return [(one, others[one["name"]]) for one in first["targets"] if one["name"] in others]


def _speeds(first: Document, second: Document) -> list[str]:
    pairs = _pairs(first, second)
    if not pairs:
        return ["no target is in both"]
    shared = [part for part in ("machine", "versions") if first[part] != second[part]]
    rows = []
    for one, other in pairs:
        row = [one["name"], number(one["images_per_second"]), number(other["images_per_second"])]
        before, after = _circumstances(one), _circumstances(other)
        found = _interval(one, other, len(pairs))
        if found is None:
            speedup = other["images_per_second"] / one["images_per_second"]
            rows.append([*row, f"{speedup:.3f}", "–", "one round alone shows nothing"])
            continue
        changed = [*shared, *(key for key, value in before.items() if value != after[key])]
        said = (
            f"{found.verdict}, with other {', '.join(changed)}"
            if changed
            else f"{found.verdict}, drift aside"
        )
        rows.append([*row, f"{found.ratio:.3f}", f"{found.low:.3f} to {found.high:.3f}", said])
    head = ["", "first, images/s", "second, images/s", "second / first", "interval", "shows"]
    return [*aligned([head, *rows]), f"All intervals together hold at {CONFIDENCE:.0%}."]


def _interval(one: Target, other: Target, comparisons: int) -> Interval | None:
    """Return the ratio of speeds from the rounds' medians; None for a single round of either."""
    before, after = _logs(one), _logs(other)
    if min(len(before), len(after)) < 2:
        return None
    level = 1 - (1 - CONFIDENCE) / comparisons
    ends = ttest_ind(after, before, equal_var=False).confidence_interval(level)
    low, middle, high = np.exp([ends.low, after.mean() - before.mean(), ends.high])
    return Interval(float(middle), float(low), float(high))


def _logs(target: Target) -> npt.NDArray[np.float64]:
    """Return the logarithm of the images per second of each round, by its median step."""
    steps = np.array([np.median(samples) for samples in target["samples"]])
    return np.asarray(np.log(target["batch_size"] / steps))


def _lonely(first: Document, second: Document) -> list[str]:
    one, other = ([target["name"] for target in document["targets"]] for document in (first, second))
    alone = {
        "first": [name for name in one if name not in other],
        "second": [name for name in other if name not in one],
    }
    return [f"only in the {place}: {', '.join(names)}" for place, names in alone.items() if names]


def _turns(first: Document, second: Document) -> list[str]:
    """Return comparisons that both made within themselves: drift and machine touch these the least."""
    others = {(each["target"], each["baseline"]): each for each in second["comparisons"]}
    rows = [
        [f"{each['target']} / {each['baseline']}", ratio(each), ratio(others[key])]
        for each in first["comparisons"]
        if (key := (each["target"], each["baseline"])) in others
    ]
    if not rows:
        return []
    return ["", "measured in turns, within each:", *aligned([["", "first", "second"], *rows])]

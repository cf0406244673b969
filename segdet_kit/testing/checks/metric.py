"""Checks of metrics, on the author's hand case."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from segdet_kit.components import Metric
from segdet_kit.testing.build import openmmlab
from segdet_kit.testing.cases import HandCase
from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.subject import Subject

TOLERANCE = 1e-6


def right(subject: Subject, metric: Metric) -> None:
    """The values that the author worked out, and the one that chooses the best checkpoint."""
    case = _case(subject, metric)
    values = _values(metric, case, [case.predictions])
    missing = sorted({*case.expected, *([metric.best] if metric.best else [])} - values.keys())
    if missing:
        raise CheckFailure(
            f"{', '.join(missing)} not among the values {', '.join(sorted(values))}",
            "correct best of the description, expected of the case, or what compute_metrics returns",
        )
    for name, expected in case.expected.items():
        if not _same(values[name], expected):
            raise CheckFailure(
                f"{name} is {values[name]}, by hand {expected}", f"mend compute_metrics of {metric.target}"
            )


def any_order(subject: Subject, metric: Metric) -> None:
    """Another order, and batches of different sizes, change no value."""
    case = _case(subject, metric)
    _compare(
        metric,
        _values(metric, case, [case.predictions]),
        _values(metric, case, [case.predictions[-1:], case.predictions[-2::-1]]),
        "in two batches, last sample first",
    )


def any_shards(subject: Subject, metric: Metric) -> None:
    """Two processes with half of the samples each, whose results are joined, find the same."""
    case = _case(subject, metric)
    with openmmlab(metric.tasks[0]):
        shards = [_processed(metric, case, [case.predictions[start::2]]) for start in (0, 1)]
        joined = _processed(metric, case, [])
        joined.results = [result for shard in shards for result in shard.results]
        sharded = _evaluated(joined, case)
    _compare(metric, _values(metric, case, [case.predictions]), sharded, "from two processes")


def _case(subject: Subject, metric: Metric) -> HandCase:
    case = subject.case(metric, HandCase)
    if len(case.predictions) < 2 or not case.expected:
        raise CheckFailure(
            f"the case of {metric.name!r} has {len(case.predictions)} samples, {len(case.expected)} values",
            "give two samples or more, and what the metric must find in them",
        )
    return case


def _processed(metric: Metric, case: HandCase, batches: Iterable[Sequence[Any]]) -> Any:
    from mmengine.registry import METRICS

    scorer = METRICS.build({"type": metric.type, **metric.defaults})
    scorer.dataset_meta = {"classes": case.classes, "stuff_classes": case.stuff}
    for batch in batches:
        scorer.process({}, [_plain(sample) for sample in batch])
    return scorer


def _plain(sample: Any) -> Any:
    """A copy, as mmengine's evaluator gives it: a data sample is handed over as a dict."""
    return copy.deepcopy(sample.to_dict() if hasattr(sample, "to_dict") else sample)


def _evaluated(scorer: Any, case: HandCase) -> dict[str, float]:
    found: Mapping[str, Any] = scorer.evaluate(size=len(case.predictions))
    return {name: float(value) for name, value in found.items() if not isinstance(value, Mapping)}


def _values(metric: Metric, case: HandCase, batches: Sequence[Sequence[Any]]) -> dict[str, float]:
    with openmmlab(metric.tasks[0]):
        return _evaluated(_processed(metric, case, batches), case)


def _same(one: float, other: float) -> bool:
    return (math.isnan(one) and math.isnan(other)) or math.isclose(
        one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE
    )


def _compare(metric: Metric, whole: Mapping[str, float], other: Mapping[str, float], how: str) -> None:
    for name, value in whole.items():
        if name not in other or not _same(value, other[name]):
            raise CheckFailure(
                f"{name} is {value}, but {other.get(name)} {how}",
                f"keep in {metric.target} something of each sample in self.results, and nothing elsewhere",
            )

"""What a benchmark leaves behind: the JSON document that tables, pages and comparisons are made from."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Verdict = Literal["faster", "slower", "no difference shown"]


class Percentiles(TypedDict):
    """Of the seconds of all measured steps, in milliseconds."""

    p50: float
    p95: float
    p99: float


class Memory(TypedDict):
    """In bytes. ``host_peak``: the process's largest resident set. ``host_growth``: how much of it came after
    Python had started. ``device_peak``: allocated on the CUDA device, None elsewhere.
    """

    host_peak: int
    host_growth: int
    device_peak: int | None


class Target(TypedDict):
    """One target under one setting.

    ``name`` is its own in the document: the target, and what of the settings tells it from the others.
    ``latency_ms`` is of steps, hence of whole batches. ``stages``: by name, in the order they happen; their
    sum can be less than the latency. ``samples``: the seconds of each step, a list for each round.
    ``runtime``, ``size`` and ``precision`` are None where nothing was asked and the target does not tell.
    ``facts``: of ``Workload.facts``.
    """

    name: str
    target: str
    checkpoint: str | None
    runtime: str | None
    mode: str
    batch_size: int
    size: list[int] | None
    precision: str | None
    device: str
    threads: int
    images_per_second: float
    latency_ms: Percentiles
    stages: dict[str, Percentiles]
    memory: Memory
    facts: dict[str, Any]
    samples: list[list[float]]


class Comparison(TypedDict):
    """A target beside the baseline, both by their ``name``.

    ``ratio``: images per second of the target over those of the baseline, so above 1 the target is faster;
    ``low`` and ``high``: its interval, which holds for all comparisons of the document together.
    """

    target: str
    baseline: str
    ratio: float
    low: float
    high: float
    verdict: Verdict


class Failure(TypedDict):
    """A target that could not be measured, by its ``name``, and why."""

    name: str
    error: str
    hint: str


class Machine(TypedDict):
    """Where it was measured. ``memory``: in bytes. ``devices``: of CUDA, by name."""

    host: str
    system: str
    processor: str
    cores: int
    memory: int
    devices: list[str]


class Document(TypedDict):
    """One benchmark.

    ``versions``: of Python and the distributions that computed, by name. ``settings``: what was asked for,
    and ``rounds``, ``steps`` (of a target in a round), ``seconds`` (of measuring), ``confidence`` (of all
    intervals together), ``stopped`` (``precision-goal`` or ``max-time``) and ``started`` (ISO 8601).
    ``notes``: sentences on what may have disturbed it.
    """

    machine: Machine
    versions: dict[str, str]
    settings: dict[str, Any]
    targets: list[Target]
    comparisons: list[Comparison]
    failures: list[Failure]
    notes: list[str]

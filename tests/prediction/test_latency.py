from __future__ import annotations

import pytest

from segdet_kit.prediction.latency import latency


def test_the_first_frame_warms_up_and_is_not_counted() -> None:
    frames = [{"decode": 5.0, "total": 9.0}, *({"decode": n / 1000, "total": n / 500} for n in range(1, 102))]
    told = latency(frames)
    assert told["frames"] == 101
    assert told["decode"] == pytest.approx({"p50_ms": 51, "p95_ms": 96})
    assert told["total"] == pytest.approx({"p50_ms": 102, "p95_ms": 192})
    assert told["frames_per_second"] == pytest.approx(1 / 0.102)


def test_a_single_frame_is_counted() -> None:
    assert latency([{"total": 0.5}]) == {
        "frames": 1,
        "frames_per_second": 2.0,
        "total": {"p50_ms": 500.0, "p95_ms": 500.0},
    }


def test_a_stage_that_some_frames_lack_took_no_time_there() -> None:
    told = latency([{"total": 1.0}, {"total": 1.0}, {"track": 0.2, "total": 1.0}])
    assert told["track"]["p50_ms"] == pytest.approx(100)

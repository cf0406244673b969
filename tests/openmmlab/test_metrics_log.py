from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from segdet_kit.openmmlab.metrics_log import MetricsLog

STEPS = [
    {"step": 2, "epoch": 1, "loss": 1.0},
    {"step": 4, "epoch": 1, "loss": 0.8},
    {"step": 4, "epoch": 1, "val": {"mIoU": 0.3}},
    {"step": 6, "epoch": 2, "loss": 0.6},
    {"step": 8, "epoch": 2, "loss": 0.5},
    {"step": 8, "epoch": 2, "val": {"mIoU": 0.3}},
]


def written(path) -> MetricsLog:
    log = MetricsLog(path)
    for record in STEPS:
        log.append(record)
    return log


@given(st.integers(0, 10), st.integers(0, 400))
def test_rewinding_keeps_what_a_resumed_run_does_not_do_again(tmp_path_factory, step, cut):
    path = tmp_path_factory.mktemp("log") / "metrics.jsonl"
    written(path)
    content = path.read_bytes()
    kept = content[: len(content) - cut]
    path.write_bytes(kept)
    whole = sum(
        len(json.dumps(record)) <= len(line) for record, line in zip(STEPS, kept.splitlines(), strict=False)
    )
    log = MetricsLog(path)
    log.rewind(step)
    expected = [
        record
        for record in STEPS[:whole]
        if record["step"] < step or (record["step"] == step and "val" not in record)
    ]
    assert log.records == expected
    assert [json.loads(line) for line in path.read_text().splitlines()] == expected


def test_rewinding_a_log_that_was_never_begun_makes_an_empty_one(tmp_path):
    log = MetricsLog(tmp_path / "metrics.jsonl")
    log.rewind(3)
    assert log.records == []
    assert log.path.read_text() == ""


def test_what_json_has_no_word_for_becomes_null(tmp_path):
    log = MetricsLog(tmp_path / "metrics.jsonl")
    log.append({"step": 1, "epoch": 1, "loss": float("nan"), "val": {"a": float("inf"), "b": 1.5}})
    assert log.path.read_text() == '{"step": 1, "epoch": 1, "loss": null, "val": {"a": null, "b": 1.5}}\n'


def test_the_best_is_the_first_of_the_largest(tmp_path):
    log = written(tmp_path / "metrics.jsonl")
    assert log.best("mIoU") == (0.3, 4)
    log.append({"step": 12, "epoch": 3, "val": {"mIoU": 0.7}})
    log.append({"step": 16, "epoch": 4, "val": {"mIoU": float("nan")}})
    assert log.best("mIoU") == (0.7, 12)
    assert log.best("other") is None
